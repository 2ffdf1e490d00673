"""What a diagnosis says, piece by piece: kinds, remedies, shares, and lines that are wrapped."""

import numpy as np
import pytest
from conftest import noise

from filtering.borders import BORDERS
from filtering.check.calling import EXTRAS, WAYS, Failure, Habit
from filtering.check.findings import (
    NO_SOURCE,
    arguments,
    cannot_do,
    dtypes,
    failing,
    loading,
    make,
    of_explanation,
    way,
)
from filtering.check.kinds import KINDS, Group, exceptions, sizes
from filtering.check.mistakes import FRAMES, Hypothesis
from filtering.check.probes import probes
from filtering.check.report import CHECKED_PART, in_one, middle, percent, wrapped
from filtering.check.search import Explanation
from filtering.check.words import WORDS, of_failure
from filtering.model import REACH, Frame, Length, Shift


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 400, "0 %"), (1, 400, "0.25 %"), (3, 400, "0.75 %"), (4, 400, "1 %"), (198, 400, "50 %"),
        (396, 400, "99 %"), (397, 400, "99.2 %"), (399, 400, "99.7 %"), (400, 400, "100 %"),
        (99999, 100000, "99.9 %"), (1, 100000, "0.001 %"),
    ],
)  # fmt: skip
def test_never_0_or_100_percent_of_what_is_some_or_not_all(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("non-square kernel", "non-square kernels"),
        ("kernel that sums to 0", "kernels that sum to 0"),
        ("image smaller than the kernel", "images smaller than the kernel"),
        ("sum below 0 or above 255", "sums below 0 or above 255"),
        ("1 x 1 image", "1 x 1 images"),
    ],
)
def test_plurals(kind: str, text: str) -> None:
    assert KINDS[kind].plural == text


def test_sizes() -> None:
    some = probes()
    first = "13 x 13 image with a 5 x 5 kernel"
    assert sizes(some[:1]) == first
    assert sizes(some[:3]).startswith(f"{first}, 12 x 17 image with a 3 x 3 kernel, 17 x 12 image")
    assert " more" not in sizes(some[:3])
    assert sizes(some[:5]).endswith(" and 2 more")


def test_what_counts_as_an_exception() -> None:
    every = probes()
    none = exceptions([], every)
    assert none is not None
    assert (none.kinds, none.weight) == ((), 0)
    kind = exceptions([probe for probe in every if probe.kernel.size == 1], every)
    assert kind is not None
    assert (kind.kinds, kind.weight) == (("1 x 1 kernel",), 1)
    fifth = exceptions([every[0], *every[15:19]], every)
    assert fifth is not None
    assert fifth.weight == 2
    assert exceptions([every[0], *every[15:20]], every) is None
    few = [every[9], *every[:3]]  # of which one has a kernel of 1 x 1
    assert exceptions(few[:1], few) is not None
    assert exceptions(few[:1], few[:3]) is None


def test_some_of_a_kind() -> None:
    """At least half of them, where all that is wrong is of the kind."""
    every = probes()
    kernels = [probe for probe in every if probe.kernel.shape[0] != probe.kernel.shape[1]]
    assert len(kernels) == 4
    three = exceptions(kernels[:3], every)
    two = exceptions([kernels[0], kernels[3]], every)
    one = exceptions(kernels[:1], every)
    assert three is not None
    assert two is not None
    assert one is not None
    assert (three.kinds, three.weight) == (("some non-square kernel",), 1)
    assert (two.kinds, two.weight) == (("some non-square kernel",), 1)
    assert one.weight == 2


def an_error(message: str) -> Failure:
    return Failure("exception", f"ValueError: {message}", "ValueError", message)


@pytest.mark.parametrize(
    ("message", "kind", "begins"),
    [
        ("x", "non-square kernel", "Take both sides of the kernel"),
        ("x", "non-square image", "Rows come first"),
        ("slice indices must be integers", "non-square image", "`/` gives a float"),
        ("Argument 'top' is required to be an integer", "x", "`/` gives a float"),
        ("integer argument expected, got float", "x", "`/` gives a float"),
        ("", "1 x 1 kernel", "`a[0:-0]` is empty"),
        ("index 9 is out of bounds", "x", "An index is past the end"),
        ("negative dimensions are not allowed", "x", "Nothing is left of an image smaller"),
        ("not enough values to unpack (expected 3, got 2)", "x", "A gray image has two axes"),
        ("too many values to unpack (expected 2)", "x", "A colour image has three axes"),
        ("Python integer 300 out of bounds for uint8", "x", "Store only `np.clip(sum"),
        ("nothing known", "x", ""),
    ],
)
def test_remedies_without_a_source(message: str, kind: str, begins: str) -> None:
    remedy = of_failure(an_error(message), NO_SOURCE, [kind])
    assert remedy.startswith(begins)
    assert bool(remedy) == bool(begins)
    assert "Line" not in remedy


def test_remedies_of_two_kinds() -> None:
    both = of_failure(an_error(""), NO_SOURCE, ["non-square kernel", "kernel that sums to 0"])
    assert both.startswith("Take both sides of the kernel")
    assert both.endswith("Do not divide by its sum.")
    alike = of_failure(an_error("x"), NO_SOURCE, ["1 x 1 kernel", "kernel with a side of 1"])
    assert alike.count("is empty") == 1


@pytest.mark.parametrize(
    ("failure", "says", "remedy"),
    [
        (an_error("no"), "stops with ValueError: no", ""),
        (an_error("returns None at all"), "stops with ValueError: returns None at all", ""),
        (Failure("exception", "returns in line 3", "returns"), "stops with returns in line 3", ""),
        (Failure("exception", "None: x", "None", "x"), "stops with None: x", ""),
        (Failure("memory", "MemoryError", "MemoryError"), "stops with MemoryError", ""),
        (Failure("returned", "returns None at all", "None"), "returns None at all",
         "End the function with `return output`."),
        (Failure("returned", "returns a listing", "listing"), "returns a listing", ""),
        (Failure("shape", "a result of shape (1, 2)"), "gives a result of shape (1, 2)", ""),
        (Failure("ended", "ended Python itself"), "ended Python itself", ""),
    ],
)  # fmt: skip
def test_failures(failure: Failure, says: str, remedy: str) -> None:
    for images in ("every image", "most images"):
        finding = failing(images, failure, NO_SOURCE)
        assert (finding.found, finding.says) == (f"{images}: {failure.text}", f"for {images} it {says}")
        assert (finding.remedy, finding.harmless) == (remedy, False)


def test_failures_of_kinds() -> None:
    square = Group.of(("non-square kernel", "1 x 1 image"), probes()[:1])
    finding = cannot_do(square, Failure("wrong", "a wrong result"), NO_SOURCE)
    assert (finding.aspect, finding.expected, finding.harmless) == ("fails-on", "none", False)
    assert finding.found == "non-square kernel and 1 x 1 image: a wrong result"
    assert finding.says == "it cannot do *non-square kernels* and *1 x 1 images*: a wrong result"
    assert finding.remedy.startswith("Take both sides of the kernel")
    some = Group.of((), probes()[:5])  # one name, although it ends with "and 2 more"
    assert some.kinds == (sizes(probes()[:5]),)
    assert cannot_do(some, an_error("x"), NO_SOURCE).says == f"it cannot do *{some.kinds[0]}*: ValueError: x"
    part = Group.of(("non-square kernel",), probes()[:1], some=True)
    assert cannot_do(part, an_error("x"), NO_SOURCE).found == "some non-square kernel: ValueError: x"
    assert "*some non-square kernels*" in cannot_do(part, an_error("x"), NO_SOURCE).says


def test_ways() -> None:
    assert way(Shift(Length(1))) == "1 pixel to the right"
    assert way(Shift(Length(0, -1), Length(0, 1))) == "half a kernel to the left and half a kernel down"
    assert way(Shift(Length(), Length(-1))) == "1 pixel up"


@pytest.mark.parametrize(
    ("guess", "border", "expected"),
    [
        (Hypothesis(), None, []),
        (Hypothesis(), "replicate", []),
        (Hypothesis(), "zero", [("border", "replicate", "zero")]),
        (Hypothesis("wrap"), None, [("border", "wrap", f"any of {', '.join(BORDERS)}")]),
        (Hypothesis("wrap"), "wrap", []),
        (Hypothesis("wrap"), "zero", [("border", "wrap", "zero")]),
        (Hypothesis(7), None, [("border", "constant-7", "replicate")]),
        (Hypothesis("weights-inside"), "zero", [("border", "weights-inside", "zero")]),
        (Hypothesis("zero", frame=REACH), None, [("border", "left-unfiltered", "replicate")]),
        (Hypothesis("zero", frame=REACH), "wrap", [("border", "left-unfiltered", "wrap")]),
        (Hypothesis("zero", frame=REACH, fill="missing"), None,
         [("border", "cropped", "replicate")]),
        (Hypothesis("zero", frame=REACH, fill="any"), "zero",
         [("border", "never-written", "zero")]),
        (Hypothesis("zero", frame=Frame(*[Length(0, 1), Length(1, 1)] * 2)), "zero",
         [("border", "left-unfiltered", "zero"), ("not-computed", "last-row-and-column", "none")]),
        (Hypothesis("wrap", frame=FRAMES["one-pixel-left-unfiltered"].effect), "zero",
         [("border", "one-pixel-left-unfiltered", "zero"), ("border", "wrap", "zero")]),
        (Hypothesis(frame=FRAMES["last-row"].effect), None, [("not-computed", "last-row", "none")]),
        (Hypothesis(frame=FRAMES["last-row"].effect, fill="any"), None,
         [("not-computed", "last-row", "none")]),
        (Hypothesis("zero", frame=FRAMES["last-row"].effect, fill="missing"), "zero",
         [("not-computed", "last-row", "none")]),
        (Hypothesis(frame=Frame(rows=Length(5), columns=Length(7))), "zero",
         [("not-computed", "beyond 5 x 7", "none"), ("border", "replicate", "zero")]),
    ],
)  # fmt: skip
def test_what_is_found_at_the_edge_and_what_is_expected(
    guess: Hypothesis, border: str | None, expected: list[tuple[str, str, str]]
) -> None:
    findings = of_explanation(Explanation(guess), border, NO_SOURCE)
    assert [(one.aspect, one.found, one.expected) for one in findings] == expected


@pytest.mark.parametrize("border", BORDERS)
def test_the_remedy_pads_as_the_border_that_is_asked_for(border: str) -> None:
    """By NumPy's name of it."""
    others = ["reflect" if border != "reflect" else "zero", 7, "negative-indices"]
    for guess in [*map(Hypothesis, others), Hypothesis("zero", frame=REACH)]:
        (finding,) = of_explanation(Explanation(guess), border, NO_SOURCE)
        assert f'mode="{BORDERS[border].numpy}"' in finding.remedy


@pytest.mark.parametrize(
    ("sides", "where"),
    [
        (("left",), "the left"),
        (("top", "bottom", "left"), "the top and bottom and left"),
        (("top", "bottom", "left", "right"), "the"),
    ],
)
def test_edges_that_are_not_explained(sides: tuple[str, ...], where: str) -> None:
    (finding,) = of_explanation(Explanation(Hypothesis(), sides=sides), None, NO_SOURCE)
    assert (finding.found, finding.expected) == ("unknown", "replicate")
    assert finding.says == f"at {where} edge it differs in a way that is *not known here*"


def test_calls_modules_and_dtypes() -> None:
    found = arguments([Habit("kernel-first"), Habit("extra", "s=1")], "f(kernel, image, 1)", "A.f")
    assert [one.found for one in found] == ["kernel-first", "extra"]
    assert "`def f(image, kernel)`" in found[0].remedy
    assert "It was called as `f(kernel, image, 1)`" in found[1].remedy
    assert arguments([], "", "f") == []
    named = [Habit(way.habit) for way in WAYS if way.habit] + [Habit(extra.habit) for extra in EXTRAS]
    assert {one.found for one in arguments(named, "", "f")} | {"kernel-first"} == WORDS["arguments"].keys()
    assert loading([]) == []
    (without,) = loading(["torch", "line 3"])
    assert (without.says, without.harmless) == ("the file was loaded without torch and line 3", True)
    assert dtypes([noise(2, 2)]) == []
    assert dtypes([noise(2, 2), np.ones((2, 2))])[0].found == "float64"


def test_just_the_sums_are_one_thing_to_say() -> None:
    no, all_, dtype = (
        make("rounding", "none"),
        make("range", "none"),
        make("dtype", "float64", NO_SOURCE, "float64", ""),
    )
    border, turned = make("border", "cropped"), make("orientation", "rotated180")
    words = in_one([turned, all_, no, border, dtype])
    assert [says.split(",")[0] for says, _ in words] == [
        turned.says.split(",")[0], "it returns the *sums as they are*", border.says.split(",")[0],
    ]  # fmt: skip
    assert words[1][1] == 'End with `np.clip(np.rint(sums), 0, 255).astype("uint8")`.'
    absolute = in_one([make("range", "absolute-value"), no, dtype])
    assert absolute[0][0].startswith("it returns the *absolute sums*, float64")
    assert absolute[0][1].endswith(", without `abs`.")
    assert in_one([no, dtype]) == [
        ("it returns the sums in 0..255, but *not rounded*, float64", words[1][1]),
    ]  # fmt: skip
    assert len(in_one([no, all_])) == 2


def test_lines_are_wrapped_and_code_is_not_broken() -> None:
    code = "`np.clip(np.rint(sums), 0, 255)`"
    text = wrapped("1. " + "word " * 19 + code + " and so on\n   " + "more " * 30 + "\n- " + "item " * 30)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("1. word")
    assert lines[1].startswith(f"   {code} and")
    assert lines[3].startswith("   more")
    assert lines[5].startswith("  item")


@pytest.mark.parametrize("code", [f"`--{'x' * 130}`", "`--with-many-words`", "`a - b --border zero`"])
def test_code_is_never_broken(code: str) -> None:
    """Not at a hyphen, and not where it is longer than a line."""
    for before in range(70, 100):
        assert code in wrapped(f"{'x' * before} {code} and so on")


@pytest.mark.parametrize(
    ("shape", "top", "left"), [((64, 96), 0, 0), ((66, 99), 1, 1), ((10, 200), 0, 52), ((200, 10), 68, 0)]
)
def test_the_middle_of_an_image(shape: tuple[int, int], top: int, left: int) -> None:
    image = noise(*shape)
    part = middle(image)
    assert part.shape == (min(shape[0], CHECKED_PART[0]), min(shape[1], CHECKED_PART[1])) <= (64, 96)
    assert np.array_equal(part, image[top : top + 64, left : left + 96])
