"""Kinds of images and kernels that a function may be unable to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import combinations

from filtering.check.mistakes import RANGES, Hypothesis, responses, uncomputed
from filtering.check.probes import Probe
from filtering.model import ROUNDINGS, Range, make_pixels


@dataclass(frozen=True)
class Kind:
    """A kind of images or kernels."""

    words: str  # with {s} for an s of the plural, {t} for one of the singular
    cost: float  # where several kinds fit, the one with the lowest is told
    test: Callable[[Probe], bool]
    paired: bool = False  # two such kinds at once are looked for
    loose: bool = False  # half of them may be right by chance
    large: bool = False  # of these, too, among probes that raise exceptions
    overflow: bool = False  # its sums do not fit into a uint8, which raises an error of its own

    def __call__(self, probe: Probe) -> bool:
        """Return whether a probe is of this kind."""
        return self.test(probe)

    @property
    def name(self) -> str:
        """The kind in the singular."""
        return self.words.format(s="", t="s")

    @property
    def plural(self) -> str:
        """The kind in the plural."""
        return self.words.format(s="s", t="")


def sized(test: Callable[[int, int, int, int], bool]) -> Callable[[Probe], bool]:
    """Return the test of a probe by its sizes. test: of the image's height and width, then the kernel's."""
    return lambda probe: test(*probe.image.shape, *probe.kernel.shape)


def out_of_range(probe: Probe) -> bool:
    """Return whether some sums of the image are not between 0 and 255."""
    sums, scale = responses(probe, Hypothesis())
    return bool(sums.min() < 0 or (sums > 255 * scale).any())


LIKELY = 9  # the cost of sums that are out of range
KINDS: dict[str, Kind] = {kind.name: kind for kind in (
    Kind("non-square kernel{s}", 1, sized(lambda h, w, kh, kw: kh != kw), paired=True, loose=True),
    Kind("non-square image{s}", 2, sized(lambda h, w, kh, kw: h != w), paired=True, loose=True),
    Kind("image{s} smaller than the kernel", 3, sized(lambda h, w, kh, kw: h < kh or w < kw),
         paired=True, loose=True),
    Kind("kernel{s} that sum{t} to 0", 4, lambda probe: bool(probe.weights[0].sum() == 0),
         paired=True, loose=True),
    Kind("kernel{s} other than 3 x 3", 5, sized(lambda h, w, kh, kw: (kh, kw) != (3, 3)), paired=True),
    Kind("whole-number kernel{s}", 6, lambda probe: probe.kernel.dtype.kind == "i", paired=True),
    Kind("kernel{s} with a side of 1", 7, sized(lambda h, w, kh, kw: 1 in (kh, kw)), paired=True),
    Kind("kernel{s} of one row or column", 8, sized(lambda h, w, kh, kw: 1 == min(kh, kw) < max(kh, kw)),
         paired=True),
    Kind("sum{s} below 0 or above 255", LIKELY, out_of_range, paired=True, overflow=True),
    Kind("image{s} with an even side", 10, sized(lambda h, w, kh, kw: h % 2 == 0 or w % 2 == 0)),
    Kind("image{s} of even height", 11, sized(lambda h, w, kh, kw: h % 2 == 0)),
    Kind("image{s} of even width", 12, sized(lambda h, w, kh, kw: w % 2 == 0)),
    Kind("image{s} with an odd side", 13, sized(lambda h, w, kh, kw: h % 2 == 1 or w % 2 == 1)),
    Kind("image{s} of odd width", 13.5, sized(lambda h, w, kh, kw: w % 2 == 1)),
    Kind("image{s} of one row or column", 14, sized(lambda h, w, kh, kw: 1 in (h, w))),
    Kind("1 x 1 image{s}", 15, sized(lambda h, w, kh, kw: h == w == 1)),
    Kind("1 x 1 kernel{s}", 16, sized(lambda h, w, kh, kw: kh == kw == 1)),
    Kind("kernel{s} larger than 3 x 3", 17, sized(lambda h, w, kh, kw: max(kh, kw) > 3), large=True),
    Kind("kernel{s} larger than 5 x 5", 18, sized(lambda h, w, kh, kw: max(kh, kw) > 5), large=True),
    Kind("kernel{s} larger than 7 x 7", 18.5, sized(lambda h, w, kh, kw: max(kh, kw) > 7), large=True),
    Kind("kernel{s} higher than wide", 19, sized(lambda h, w, kh, kw: kh > kw)),
    Kind("kernel{s} wider than high", 20, sized(lambda h, w, kh, kw: kh < kw)),
    Kind("image{s} higher than wide", 21, sized(lambda h, w, kh, kw: h > w)),
    Kind("image{s} wider than high", 22, sized(lambda h, w, kh, kw: h < w)),
)}  # fmt: skip


@lru_cache(maxsize=4)
def kinds_of(guess: Hypothesis | None) -> dict[str, Kind]:
    """Return the kinds of probes, with those that depend on how a function comes to its pixels."""
    if guess is None:
        return KINDS
    absolute = RANGES[guess.range].effect.absolute

    @cache
    def least_and_largest(probe: Probe) -> tuple[float, float]:
        """Return the least and the largest sum, before absolute values are taken and it is stored."""
        made = make_pixels(*responses(probe, guess), ROUNDINGS[guess.rounding], Range())
        assert made is not None
        sums = made.exact[~uncomputed(probe, guess)]
        return float(sums.min(initial=0)), float(sums.max(initial=0))

    def below(probe: Probe) -> bool:
        """Return whether a sum is too small to be stored."""
        return least_and_largest(probe)[0] < (-255 if absolute else 0)

    def above(probe: Probe) -> bool:
        """Return whether a sum is too large to be stored."""
        return least_and_largest(probe)[1] > 255

    overflows = [
        ("absolute sum{s} above 255", LIKELY, lambda probe: below(probe) or above(probe)),
        ("sum{s} below -255", 50, below),
    ] if absolute else [
        ("sum{s} below 0 or above 255", LIKELY, lambda probe: below(probe) or above(probe)),
        ("sum{s} above 255", 50, above),
        ("sum{s} below 0", 51, below),
    ]  # fmt: skip
    found = [Kind(*overflow, paired=True, overflow=True) for overflow in overflows]
    rows, columns = guess.frame.rows, guess.frame.columns
    if rows is not None and columns is not None:
        small = sized(lambda h, w, kh, kw: h < rows.of(kh // 2) or w < columns.of(kw // 2))
        found.append(Kind(f"image{{s}} smaller than {rows} x {columns}", 52, small))
    kept = {name: kind for name, kind in KINDS.items() if not kind.overflow}
    return kept | {kind.name: kind for kind in found}


def exact_kinds(
    wrong: Sequence[Probe], tried: list[Probe], guess: Hypothesis | None = None, *, raised: bool = False
) -> tuple[str, ...]:
    """Return the one or two kinds that all these probes are of, and no other one that was tried.

    raised: they raise exceptions, and no wrong result is excused by that: then also three kinds.
    """
    kinds, bad = kinds_of(guess), {*wrong}
    good = [probe for probe in tried if probe not in bad]
    fitting = [name for name, kind in kinds.items() if not any(map(kind, good))]
    fitting.sort(key=lambda name: (kinds[name].cost, name))
    members = {name: {probe for probe in wrong if kinds[name](probe)} for name in fitting}
    paired = [name for name in fitting if kinds[name].paired or (raised and kinds[name].large)]
    groups: list[tuple[str, ...]] = [(name,) for name in fitting]
    for number in (2, 3) if raised else (2,):
        groups += combinations(paired, number)
    for names in groups:
        if set().union(*(members[name] for name in names)) == bad:
            return names
    return ()


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
        return cls(kinds, [*probes], some=some, plurals=tuple(kinds_of(guess)[kind].plural for kind in kinds))

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
    bad = [*wrong, *failed]
    if not bad:
        return Exceptions([])
    if len(tried) - len(bad) < 3:
        return None
    kinds = exact_kinds(bad, tried, guess, raised=not wrong)
    if kinds:
        return Exceptions(_without_overflow(bad, kinds, guess))
    groups = (
        _without_overflow(failed, exact_kinds(failed, tried, guess, raised=True), guess) if failed else []
    )
    if wrong:
        group = _group_of_wrong(wrong, [probe for probe in tried if probe not in failed], guess)
        if group is None:
            return None
        groups.append(group)
    return Exceptions(groups)


def _without_overflow(bad: Sequence[Probe], kinds: tuple[str, ...], guess: Hypothesis | None) -> list[Group]:
    """Return the probes of these kinds as a group; sums that overflow, which raise another error, apart."""
    table = kinds_of(guess)
    overflow = [kind for kind in kinds if table[kind].overflow]
    others = tuple(kind for kind in kinds if kind not in overflow)
    if not overflow or not others:
        return [Group.of(kinds, bad, guess)]
    members = [probe for probe in bad if any(table[kind](probe) for kind in others)]
    rest = [probe for probe in bad if probe not in members]
    return [Group.of(others, members, guess), Group.of(tuple(overflow), rest, guess)]


def _group_of_wrong(wrong: list[Probe], tried: list[Probe], guess: Hypothesis | None) -> Group | None:
    """Name the probes with a wrong output; None for too many of no kind."""
    kinds = exact_kinds(wrong, tried, guess)
    if kinds:
        return Group.of(kinds, wrong, guess)
    for kind in sorted((kind for kind in KINDS.values() if kind.loose), key=lambda kind: kind.cost):
        of_kind = [probe for probe in tried if kind(probe)]
        if all(map(kind, wrong)) and len(wrong) >= max(2, len(of_kind) / 2):
            return Group.of((kind.name,), wrong, some=True)
    return Group.of((), wrong) if len(wrong) <= len(tried) // 5 else None


def sizes(probes: Sequence[Probe]) -> str:
    """Return `1 x 9 images with a 3 x 3 kernel, ...` for some probes."""
    names = [
        "{} x {} image with a {} x {} kernel".format(*probe.image.shape, *probe.kernel.shape)
        for probe in probes
    ]
    return ", ".join(names[:3]) + f" and {len(names) - 3} more" * (len(names) > 3)
