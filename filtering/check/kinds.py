"""Kinds of images and kernels that a function may be unable to do, and known exceptions."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

from filtering.check.calling import Failure
from filtering.check.hypothesis import Hypothesis, responses, uncomputed
from filtering.check.mistakes import RANGES
from filtering.check.probes import Probe
from filtering.model import ROUNDINGS, Range, make_pixels

Test = Callable[[Probe], bool]


def out_of_range(probe: Probe) -> bool:
    """Return whether some sums of the image are not between 0 and 255."""
    sums, scale = responses(probe, Hypothesis())
    return bool(sums.min() < 0 or (sums > 255 * scale).any())


@dataclass(frozen=True)
class Kind:
    """A kind of images or kernels."""

    test: Test
    cost: float  # where several kinds fit, the one with the lowest is told
    loose: bool = False  # half of them may be right by chance
    paired: bool = False  # two such kinds at once are looked for

    def __call__(self, probe: Probe) -> bool:
        """Return whether a probe is of this kind."""
        return self.test(probe)


def _usual(test: Test, cost: float) -> Kind:
    return Kind(test, cost, loose=True, paired=True)


def _paired(test: Test, cost: float) -> Kind:
    return Kind(test, cost, paired=True)


KINDS: dict[str, Kind] = {
    "non-square kernel": _usual(lambda probe: probe.kernel.shape[0] != probe.kernel.shape[1], 1),
    "non-square image": _usual(lambda probe: probe.image.shape[0] != probe.image.shape[1], 2),
    "image smaller than the kernel": _usual(lambda probe: not probe.inside().any(), 3),
    "kernel that sums to 0": _usual(lambda probe: bool(probe.weights[0].sum() == 0), 4),
    "kernel other than 3 x 3": _paired(lambda probe: probe.kernel.shape != (3, 3), 5),
    "whole-number kernel": _paired(lambda probe: probe.kernel.dtype.kind == "i", 6),
    "kernel with a side of 1": _paired(lambda probe: 1 in probe.kernel.shape, 7),
    "kernel of one row or column": _paired(
        lambda probe: 1 in probe.kernel.shape and probe.kernel.size > 1, 8
    ),
    "sum below 0 or above 255": _paired(out_of_range, 9),
    "image with an even side": Kind(
        lambda probe: 0 in (probe.image.shape[0] % 2, probe.image.shape[1] % 2), 10
    ),
    "image of even height": Kind(lambda probe: probe.image.shape[0] % 2 == 0, 11),
    "image of even width": Kind(lambda probe: probe.image.shape[1] % 2 == 0, 12),
    "image with an odd side": Kind(
        lambda probe: 1 in (probe.image.shape[0] % 2, probe.image.shape[1] % 2), 13
    ),
    "image of one row or column": Kind(lambda probe: min(probe.image.shape) == 1, 14),
    "1 x 1 image": Kind(lambda probe: probe.image.size == 1, 15),
    "1 x 1 kernel": Kind(lambda probe: probe.kernel.size == 1, 16),
    "kernel larger than 3 x 3": Kind(lambda probe: max(probe.kernel.shape) > 3, 17),
    "kernel larger than 5 x 5": Kind(lambda probe: max(probe.kernel.shape) > 5, 18),
    "kernel higher than wide": Kind(lambda probe: probe.kernel.shape[0] > probe.kernel.shape[1], 19),
    "kernel wider than high": Kind(lambda probe: probe.kernel.shape[0] < probe.kernel.shape[1], 20),
    "image higher than wide": Kind(lambda probe: probe.image.shape[0] > probe.image.shape[1], 21),
    "image wider than high": Kind(lambda probe: probe.image.shape[0] < probe.image.shape[1], 22),
}
OUTSIDE, ABOVE, BELOW = "sum below 0 or above 255", "sum above 255", "sum below 0"
ABSOLUTE = "absolute sum above 255"
OVERFLOWS = {OUTSIDE, ABOVE, BELOW, ABSOLUTE}
_SIZES = "Take the size of loops and padding from the kernel: `kh, kw = kernel.shape`."
_EMPTY = "`a[0:-0]` is empty: use `padded[r : r + height]` instead of `padded[r:-r]`."
REMEDIES = {
    "non-square kernel": "Take both sides of the kernel: `kh, kw = kernel.shape`, with kh // 2 rows and "
    "kw // 2 columns of padding.",
    "non-square image": "`height, width = image.shape`: rows first; y goes up to height, x up to width.",
    "kernel that sums to 0": "Do not divide by the sum of the kernel.",
    "kernel other than 3 x 3": _SIZES,
    "kernel larger than 3 x 3": _SIZES,
    **dict.fromkeys(OVERFLOWS, "Store only `np.clip(sum, 0, 255)` in a uint8 array."),
    "whole-number kernel": "Add up in floats whatever the kernel's dtype: `np.zeros(image.shape)`, or "
    "`kernel.astype(float)` first.",
    "kernel with a side of 1": _EMPTY,
    "kernel of one row or column": _EMPTY,
    "1 x 1 kernel": _EMPTY,
}


@dataclass(frozen=True, eq=False)
class Group:
    """Probes for which an explanation does not hold, and the name of what they have in common."""

    kinds: tuple[str, ...]  # names of KINDS, or sizes where no kind fits
    probes: list[Probe]
    exact: bool = True  # these kinds and no others; False: some sizes


@dataclass(frozen=True, eq=False)
class Exceptions:
    """All probes for which an explanation does not hold."""

    groups: list[Group]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all groups."""
        return tuple(kind for group in self.groups for kind in group.kinds)

    @property
    def probes(self) -> list[Probe]:
        """The probes of all groups."""
        return [probe for group in self.groups for probe in group.probes]

    @property
    def weight(self) -> int:
        """0 for none, 1 for kinds and no others, 2 for some sizes."""
        return 2 if any(not group.exact for group in self.groups) else int(bool(self.groups))


def exceptions(
    wrong: list[Probe], tried: list[Probe], failed: Sequence[Probe] = (), guess: Hypothesis | None = None
) -> Exceptions | None:
    """Name the probes that are wrong, and those without an output; None if they are too many.

    tried: these and all others. guess: how the others came to their outputs.
    """
    bad, failing = [*wrong, *failed], {id(probe) for probe in failed}
    if bad and len(tried) - len(bad) < 3:
        return None
    kinds = exact_kinds(bad, tried, guess) if bad else ()
    if kinds or not bad:
        return Exceptions(_groups(bad, kinds, guess))
    groups = []
    if failed:
        kinds = exact_kinds(failed, tried, guess)
        groups = _groups([*failed], kinds, guess) or [Group((sizes(failed),), [*failed], exact=False)]
    with_output = [probe for probe in tried if id(probe) not in failing]
    group = _group_of_wrong(wrong, with_output, guess)
    if wrong and group is None:
        return None
    return Exceptions(groups + ([group] if group is not None else []))


def _groups(bad: list[Probe], kinds: tuple[str, ...], guess: Hypothesis | None) -> list[Group]:
    """Return the probes of these kinds; those that overflow apart, as they raise another error."""
    if not kinds:
        return []
    overflow = sorted(OVERFLOWS & {*kinds})
    if not overflow or len(kinds) == 1:
        return [Group(kinds, bad)]
    (other,) = {*kinds} - {overflow[0]}
    members = [probe for probe in bad if kinds_of(guess)[other](probe)]
    rest = [probe for probe in bad if not kinds_of(guess)[other](probe)]
    return [Group((other,), members), Group((overflow[0],), rest)]


def _group_of_wrong(wrong: list[Probe], tried: list[Probe], guess: Hypothesis | None) -> Group | None:
    """Name the probes with a wrong output; None for too many of no kind."""
    kinds = exact_kinds(wrong, tried, guess) if wrong else ()
    if kinds:
        return Group(kinds, wrong)
    for kind in sorted((kind for kind in KINDS if KINDS[kind].loose), key=lambda kind: KINDS[kind].cost):
        of_kind = [probe for probe in tried if KINDS[kind](probe)]
        if wrong and all(map(KINDS[kind], wrong)) and len(wrong) >= max(2, len(of_kind) / 2):
            return Group((f"some {kind}",), wrong)
    few = 0 < len(wrong) <= len(tried) // 5
    return Group((sizes(wrong),), wrong, exact=False) if few else None


@lru_cache(maxsize=4)
def kinds_of(guess: Hypothesis | None) -> dict[str, Kind]:
    """Return the kinds of probes, with those that depend on how a function comes to its pixels."""
    if guess is None:
        return KINDS
    span = RANGES[guess.range].effect

    @cache
    def stored(probe: Probe) -> tuple[bool, bool]:
        """Return whether a sum that is to be stored is below 0, and whether one is above 255."""
        made = make_pixels(*responses(probe, guess), ROUNDINGS[guess.rounding], Range(absolute=span.absolute))
        assert made is not None
        sums = made.exact[~uncomputed(probe, guess)]
        return bool((sums < 0).any()), bool((sums > 255).any())

    kinds, likely = dict(KINDS), KINDS[OUTSIDE].cost
    if span.absolute:
        del kinds[OUTSIDE]
        kinds[ABSOLUTE] = _paired(lambda probe: stored(probe)[1], likely)
    else:
        kinds[OUTSIDE] = _paired(lambda probe: any(stored(probe)), likely)
        kinds[ABOVE] = _paired(lambda probe: stored(probe)[1], 50)
        kinds[BELOW] = _paired(lambda probe: stored(probe)[0], 51)
    rows, columns = guess.frame.rows, guess.frame.columns
    if rows is not None and columns is not None:
        kinds[f"image smaller than {rows} x {columns}"] = Kind(
            lambda probe: (
                probe.image.shape[0] < rows.of(probe.reach[0])
                or probe.image.shape[1] < columns.of(probe.reach[1])
            ),
            52,
        )
    return kinds


def exact_kinds(
    wrong: Sequence[Probe], tried: list[Probe], guess: Hypothesis | None = None
) -> tuple[str, ...]:
    """Return the one or two kinds that all these probes are of, and no other one that was tried."""
    bad = {id(probe) for probe in wrong}
    kinds = kinds_of(guess)
    of_kind = {name: {id(probe) for probe in tried if kind(probe)} for name, kind in kinds.items()}
    likely = sorted(kinds, key=lambda name: (kinds[name].cost, name))
    paired = [name for name in likely if kinds[name].paired and of_kind[name]]
    for names in [*((name,) for name in likely), *combinations(paired, 2)]:
        if set().union(*(of_kind[name] for name in names)) == bad:
            return names
    return ()


def sizes(probes: Sequence[Probe]) -> str:
    """Return `1 x 9 images with a 3 x 3 kernel, ...` for some probes."""
    names = [
        "{} x {} image with a {} x {} kernel".format(*probe.image.shape, *probe.kernel.shape)
        for probe in probes
    ]
    return ", ".join(names[:3]) + f" and {len(names) - 3} more" * (len(names) > 3)


# Exceptions with one usual cause: a pattern of the message, one of the source, and the remedy.
KNOWN = [
    (r"slice indices must be integers|cannot be interpreted as an integer|only integers|integer is required|"
     r"indices must be integers|`pad_width` must be of integral type|as an index", "",
     "`/` gives a float: use `//` where a whole number is meant, as in `kernel.shape[0] // 2`."),
    (r"itemset", "", "NumPy 2 has no `itemset`: write `array[y, x] = value`."),
    (r"has no attribute '(float|int|bool|object|str|complex)'", "",
     "NumPy has dropped `np.float`, `np.int` and `np.bool`: write `float`, `int` and `bool`."),
    (r"has no attribute "
     r"'(float_|product|cumproduct|alltrue|sometrue|asfarray|msort|trapz|in1d|row_stack|ptp|tostring)'", "",
     "NumPy 2 has dropped this name; see its migration guide."),
    (r"operands could not be broadcast together with shapes \((\d+),(\d+)\) \((\d+),(\d+)\)",
     r"\b(y|i|x|j|row|col|r|c)\w* *\+ *\w+\]|:\s*\w+ *\+ *\w+ *[,\]]",
     "The window has not the size of the kernel: a slice ends before its last index, so one from y - r to "
     "y + r is `[y - r : y + r + 1]`."),
    (r"Cannot cast ufunc '\w+' output", "",
     "`+=` cannot store floats in an integer array: make the result with `np.zeros(image.shape)` (floats)."),
    (r"out of bounds for (the )?uint8|out of bounds for int8|cannot convert float (NaN|infinity)", "",
     "Store only `np.clip(sum, 0, 255)` in a uint8 array."),
    (r"index -?\d+ is out of bounds", r"(HEIGHT|WIDTH|SIZE|[A-Z]{2,})",
     "Take the sizes from the image: `height, width = image.shape`."),
    (r"index -?\d+ is out of bounds", "",
     "An index is past the end: y goes up to `image.shape[0]`, x up to `image.shape[1]`, and the window "
     "needs the padded image."),
    (r"negative dimensions", "",
     "An image smaller than the kernel leaves nothing: pad it by half a kernel first."),
    (r"did not contain a loop|could not convert string", "",
     "Convert text to numbers first."),
    (r"not enough values to unpack \(expected 3", "",
     "A gray image has two axes: `height, width = image.shape[:2]`."),
    (r"too many values to unpack \(expected 2", "",
     "A colour image has three axes: `height, width = image.shape[:2]`."),
]  # fmt: skip
PAD_PAIR = (
    r"np\.pad\(\s*\w+(\.\w+\(\w*\))?\s*,\s*\(?\(\s*[^(),\[\]]+(\[\d\][^(),\[\]]*)?,\s*[^(),\[\]]+(\[\d\][^(),\[\]]*)?\)",
    "`np.pad(image, (a, b))` pads a before and b after, on both axes: for rows and columns write "
    "`np.pad(image, [(a, a), (b, b)])`.",
)


def remedy_of(failure: Failure, source: str, kinds: Sequence[str] = ()) -> str:
    """Return the remedy for a failure, by the exception's message, the source and the kinds of probes."""
    names = [kind.removeprefix("some ") for kind in kinds]
    if "non-square kernel" in names and re.search(PAD_PAIR[0], source):
        return PAD_PAIR[1]
    if re.search(KNOWN[0][0], failure.message):
        return KNOWN[0][2]
    remedies = [REMEDIES[name] for name in names if name in REMEDIES]
    if remedies:
        empty = not re.search(r":\s*-\s*[a-zA-Z]", source) and _EMPTY in remedies
        return "" if empty and source else " ".join(dict.fromkeys(remedies))
    for pattern, place, remedy in KNOWN:
        if re.search(pattern, failure.message) and re.search(place, source):
            return remedy
    return ""


def plural(kind: str) -> str:
    """Return `non-square kernels`, `kernels that sum to 0`."""
    noun = re.search("image|kernel|sum", kind)
    if noun is None or (kind[0].isdigit() and kind not in KINDS):
        return kind
    return kind.replace(noun[0], noun[0] + "s", 1).replace("that sums", "that sum")
