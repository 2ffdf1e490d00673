"""Kernels as people have them: pasted lists, files of several, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from convolutions import main
from filtering.parse import named_kernels, parse_kernel, read_kernel_file

Capture = pytest.CaptureFixture[str]
SMOOTH = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])


@pytest.mark.parametrize(
    "text",
    [
        "1 2 1; 2 4 2; 1 2 1 / 16",
        "1,2,1\n2,4,2\n1,2,1\n/16",
        "[[1, 2, 1], [2, 4, 2], [1, 2, 1]] / 16",
        "[[1, 2, 1],\n [2, 4, 2],\n [1, 2, 1],\n] / 16",
        "kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16",
        'numpy.array((\n(1, 2, 1),\n(2, 4, 2),\n(1, 2, 1)), dtype="float") / 16',
        "[[1 2 1]\n [2 4 2]\n [1 2 1]] / 16",
        "[[1/16, 1/8, 1/16], [0.125, 0.25, 0.125], [1/16, 2/16, 1/16]]",
    ],
)
def test_the_same_kernel_in_many_spellings(text: str) -> None:
    assert np.array_equal(parse_kernel(text), SMOOTH / 16)


def test_a_single_list_is_a_row() -> None:
    assert parse_kernel("[1, 2, 1]").tolist() == [[1, 2, 1]]


@pytest.mark.parametrize(
    "text", ["1 2 [3] 4 5", "[1, 2", "foo([[1, 2, 1]])", "[]", "[[1, 2, 3], [4, 5]]", "]["]
)
def test_brackets_that_are_no_list(text: str) -> None:
    with pytest.raises(ValueError, match="needs"):
        parse_kernel(text)


def test_a_file_of_several_kernels(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    path.write_text(
        "# for the lesson\nblur:  # a mean\n1 1 1\n1 1 1\n1 1 1 / 9\n\nedge-x:\r\n-1 0 1\n\nsheet:\n[[1]]\n"
    )
    assert [name for name, _ in read_kernel_file(path)] == ["blur", "edge-x", "sheet"]
    kernels = named_kernels([str(path), "sharpen", str(path)])
    assert list(kernels) == ["blur", "edge-x", "sheet_kernel", "sharpen"]
    assert np.array_equal(kernels["blur"], np.ones((3, 3)) / 9)
    assert kernels["edge-x"].tolist() == [[-1, 0, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1 2 1\nblur:\n1 1 1\n",
            r"set.txt: the first kernel needs a line `name:` above it too, got '1 2 1'$",
        ),
        ("blur:\nedge:\n1\n", r"set.txt: blur: a kernel needs at least one weight"),
        ("blur:\n1 2\n", r"set.txt: blur: a kernel needs odd sides, got 1 x 2$"),
    ],
)
def test_a_file_of_several_that_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "set.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_kernel_file(path)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1 2 1 2 4 2 1 2 1", "[INFO] matrix: a kernel of 1 x 9; for 3 x 3, separate the rows by ;\n"),
        ("1 1 1 1 1 1 1", ""),
        ("1", ""),
        ("1;1;1;1;1;1;1;1;1", ""),
    ],
)
def test_a_square_in_one_row_is_hinted_at(photo: Path, capsys: Capture, text: str, hint: str) -> None:
    """A name such as motion_blur is meant to be 1 x 9."""
    assert main(["-i", str(photo), "--no-window", "--method", "fast", "-k", text, "motion_blur"]) == 0
    assert capsys.readouterr().err == hint
