"""Plans: the short cuts that the structure of a kernel allows."""

from test_fast import NASTY

from filtering.exact import check_kernel
from filtering.plan import make_plan
from kernels import KERNELS


def passes(name: str) -> list[tuple[tuple[int, int], str, int]]:
    kernel = check_kernel((NASTY | KERNELS)[name])
    plan = make_plan(kernel.tobytes(), kernel.shape)
    return [(one.shape, one.dtype.name, one.run) for one in plan.passes]


def test_takes_the_way_that_the_structure_allows() -> None:
    assert passes("small_blur") == [((7, 1), "uint16", 1), ((1, 7), "uint16", 1)]
    assert passes("large_blur")[0][1] == "uint16"
    assert passes("large_blur")[-1] == ((1, 19), "uint32", 3)
    assert passes("sharpen") == [((3, 3), "int16", 0)]
    assert passes("sobel_x") == [((2, 1), "int16", 0)] * 2 + [((1, 3), "int16", 0)]
    assert passes("gaussian") == [((2, 1), "uint16", 0)] * 4 + [((1, 2), "uint16", 0)] * 4
    assert passes("gaussian of floats") == [((9, 1), "float32", 0), ((1, 7), "float32", 0)]
    assert passes("product of floats") == [((9, 1), "float64", 0), ((1, 7), "float64", 0)]
    assert passes("dense floats") == []
