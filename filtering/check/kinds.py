"""Kinds of images and kernels that a function may be unable to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

from filtering.check.mistakes import RANGES, Hypothesis, responses, uncomputed
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
    plural: str
    loose: bool = False  # half of them may be right by chance
    paired: bool = False  # two such kinds at once are looked for

    def __call__(self, probe: Probe) -> bool:
        """Return whether a probe is of this kind."""
        return self.test(probe)


def _kind(words: str, test: Test, cost: float, loose: bool = False, paired: bool = False) -> dict[str, Kind]:
    """Return a kind under its name. words: with {s} for an s of the plural, {t} for one of the singular."""
    return {words.format(s="", t="s"): Kind(test, cost, words.format(s="s", t=""), loose, paired)}


def _usual(words: str, test: Test, cost: float) -> dict[str, Kind]:
    return _kind(words, test, cost, loose=True, paired=True)


def _paired(words: str, test: Test, cost: float) -> dict[str, Kind]:
    return _kind(words, test, cost, paired=True)


KINDS: dict[str, Kind] = {
    **_usual("non-square kernel{s}", lambda probe: probe.kernel.shape[0] != probe.kernel.shape[1], 1),
    **_usual("non-square image{s}", lambda probe: probe.image.shape[0] != probe.image.shape[1], 2),
    **_usual("image{s} smaller than the kernel", lambda probe: not probe.inside().any(), 3),
    **_usual("kernel{s} that sum{t} to 0", lambda probe: bool(probe.weights[0].sum() == 0), 4),
    **_paired("kernel{s} other than 3 x 3", lambda probe: probe.kernel.shape != (3, 3), 5),
    **_paired("whole-number kernel{s}", lambda probe: probe.kernel.dtype.kind == "i", 6),
    **_paired("kernel{s} with a side of 1", lambda probe: 1 in probe.kernel.shape, 7),
    **_paired("kernel{s} of one row or column",
              lambda probe: 1 in probe.kernel.shape and probe.kernel.size > 1, 8),
    **_paired("sum{s} below 0 or above 255", out_of_range, 9),
    **_kind("image{s} with an even side",
            lambda probe: 0 in (probe.image.shape[0] % 2, probe.image.shape[1] % 2), 10),
    **_kind("image{s} of even height", lambda probe: probe.image.shape[0] % 2 == 0, 11),
    **_kind("image{s} of even width", lambda probe: probe.image.shape[1] % 2 == 0, 12),
    **_kind("image{s} with an odd side",
            lambda probe: 1 in (probe.image.shape[0] % 2, probe.image.shape[1] % 2), 13),
    **_kind("image{s} of odd width", lambda probe: probe.image.shape[1] % 2 == 1, 13.5),
    **_kind("image{s} of one row or column", lambda probe: min(probe.image.shape) == 1, 14),
    **_kind("1 x 1 image{s}", lambda probe: probe.image.size == 1, 15),
    **_kind("1 x 1 kernel{s}", lambda probe: probe.kernel.size == 1, 16),
    **_kind("kernel{s} larger than 3 x 3", lambda probe: max(probe.kernel.shape) > 3, 17),
    **_kind("kernel{s} larger than 5 x 5", lambda probe: max(probe.kernel.shape) > 5, 18),
    **_kind("kernel{s} higher than wide", lambda probe: probe.kernel.shape[0] > probe.kernel.shape[1], 19),
    **_kind("kernel{s} wider than high", lambda probe: probe.kernel.shape[0] < probe.kernel.shape[1], 20),
    **_kind("image{s} higher than wide", lambda probe: probe.image.shape[0] > probe.image.shape[1], 21),
    **_kind("image{s} wider than high", lambda probe: probe.image.shape[0] < probe.image.shape[1], 22),
}  # fmt: skip
OUTSIDE, ABOVE, BELOW = "sum below 0 or above 255", "sum above 255", "sum below 0"
ABSOLUTE = "absolute sum above 255"
OVERFLOWS = {OUTSIDE, ABOVE, BELOW, ABSOLUTE}


@dataclass(frozen=True, eq=False)
class Group:
    """Probes for which an explanation does not hold, and what they have in common."""

    kinds: tuple[str, ...]  # names of KINDS, or sizes where no kind fits
    probes: list[Probe]
    exact: bool = True  # these kinds and no others; False: some sizes
    some: bool = False  # not all of the kind
    plurals: tuple[str, ...] = ()  # the kinds in the plural

    @classmethod
    def of(
        cls,
        kinds: tuple[str, ...],
        probes: Sequence[Probe],
        guess: Hypothesis | None = None,
        some: bool = False,
    ) -> "Group":
        """Return a group of these kinds, or of some sizes where there are none."""
        if not kinds:
            return cls((sizes(probes),), [*probes], exact=False, plurals=(sizes(probes),))
        plurals = tuple(kinds_of(guess)[kind].plural for kind in kinds)
        return cls(kinds, [*probes], some=some, plurals=plurals)

    def told(self, words: tuple[str, ...]) -> list[str]:
        """Return the names or plurals of the kinds, with `some` where not all of the kind fail."""
        return [f"some {word}" if self.some else word for word in words]


@dataclass(frozen=True, eq=False)
class Exceptions:
    """All probes for which an explanation does not hold."""

    groups: list[Group]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all groups."""
        return tuple(kind for group in self.groups for kind in group.told(group.kinds))

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
        groups = _groups([*failed], kinds, guess) or [Group.of((), failed)]
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
        return [Group.of(kinds, bad, guess)]
    (other,) = {*kinds} - {overflow[0]}
    members = [probe for probe in bad if kinds_of(guess)[other](probe)]
    rest = [probe for probe in bad if not kinds_of(guess)[other](probe)]
    return [Group.of((other,), members, guess), Group.of((overflow[0],), rest, guess)]


def _group_of_wrong(wrong: list[Probe], tried: list[Probe], guess: Hypothesis | None) -> Group | None:
    """Name the probes with a wrong output; None for too many of no kind."""
    kinds = exact_kinds(wrong, tried, guess) if wrong else ()
    if kinds:
        return Group.of(kinds, wrong, guess)
    for kind in sorted((kind for kind in KINDS if KINDS[kind].loose), key=lambda kind: KINDS[kind].cost):
        of_kind = [probe for probe in tried if KINDS[kind](probe)]
        if wrong and all(map(KINDS[kind], wrong)) and len(wrong) >= max(2, len(of_kind) / 2):
            return Group.of((kind,), wrong, some=True)
    few = 0 < len(wrong) <= len(tried) // 5
    return Group.of((), wrong) if few else None


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
        kinds |= _paired("absolute sum{s} above 255", lambda probe: stored(probe)[1], likely)
    else:
        kinds |= _paired("sum{s} below 0 or above 255", lambda probe: any(stored(probe)), likely)
        kinds |= _paired("sum{s} above 255", lambda probe: stored(probe)[1], 50)
        kinds |= _paired("sum{s} below 0", lambda probe: stored(probe)[0], 51)
    rows, columns = guess.frame.rows, guess.frame.columns
    if rows is not None and columns is not None:
        kinds |= _kind(
            f"image{{s}} smaller than {rows} x {columns}",
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
