"""Kernels as people have them: pasted lists, files of several, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from convolutions import main
from filtering.parse import kernel_files, named_kernels, parse_kernel, read_kernel_file, row_hint

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
        "1, 2, 1,\n2, 4, 2,\n1, 2, 1,\n/ 1.6E1",
    ],
)
def test_the_same_kernel_in_many_spellings(text: str) -> None:
    assert np.array_equal(parse_kernel(text), SMOOTH / 16)


@pytest.mark.parametrize("text", ["1;2;1;", "1\n2\n1;", "1;2;1 ;\n"])
def test_a_column_may_end_in_a_semicolon(text: str) -> None:
    assert parse_kernel(text).tolist() == [[1], [2], [1]]


def test_a_divided_weight_is_the_nearest_float() -> None:
    """To the exact quotient, 1/30, and not to that of two floats."""
    assert parse_kernel("0.1 0.2 0.7 / 3").tolist() == [[1 / 30, 2 / 30, 7 / 30]]
    assert parse_kernel("1e2 -1E+2 .5e-1").tolist() == [[100, -100, 0.05]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1/0 1 1", r"a fraction needs a divisor other than zero, got '1/0'$"),
        ("1/0e5 1 1", r"a fraction needs a divisor other than zero, got '1/0e5'$"),
        ("1/1e-400 1 1", r"a fraction needs a divisor other than zero, got '1/1e-400'$"),
        ("1 2 1 / 0", r"a divisor needs to be other than zero, got '0'$"),
        ("1 2 1 / -0.0;", r"a divisor needs to be other than zero, got '-0.0;'$"),
        ("1 2 1 / 16 / 2", r"a divisor needs to be a number such as 5, -0.5 or 1/9, got '16 / 2'$"),
        ("1 2 1 / x", r"a divisor needs to be a number such as 5, -0.5 or 1/9, got 'x'$"),
        ("1 nan 1", r"a weight needs to be finite, got 'nan'$"),
        ("1 1e999999999 1", r"a weight needs to be finite, got '1e999999999'$"),
        ("1 1/1e999999999 1", r"a weight needs to be finite, got '1/1e999999999'$"),
        ("9" * 400, r"a weight needs to be finite, got '9{37}\.\.\.'$"),
        ("1e308/1e-10", r"a kernel needs weights below 1.8e308, got larger ones$"),
        ("1..5", r"a weight needs to be a number such as 5, -0.5 or 1/9, got '1..5'$"),
        ("1,2,,", r"a weight needs to be a number such as 5, -0.5 or 1/9, got ''$"),
        ("1 1;" * 5 + "1", r"a kernel needs rows of equal length, got rows of 2, 2, 2, 2, 2, 1 weights$"),
        ("1 1;" * 8 + "1", r"got rows of 2, 2, 2, 2, 2, 2, 2, 2, 1 weights$"),
        ("1 1;" * 9 + "1", r"got rows of 2, 2, 2, 2, 2, 2, 2, 2, 2, \.\.\. weights$"),
        ("0 " * 257, r"a kernel needs sides of at most 255, got 1 x 257$"),
        ("0;" * 257, r"a kernel needs sides of at most 255, got 257 x 1$"),
        ("1;2;1\n2;4;2\n1;2;1", r"the weights of a row need spaces or commas between them"),
    ],
)
def test_text_that_is_no_kernel(text: str, message: str) -> None:
    """Also a number that would take all the memory there is as a fraction: at once."""
    with pytest.raises(ValueError, match=message):
        parse_kernel(text)


def test_the_largest_sides() -> None:
    assert parse_kernel("0 " * 255).shape == (1, 255)
    assert parse_kernel("0;" * 255).shape == (255, 1)


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


def test_names_of_kernels(tmp_path: Path) -> None:
    """What the files of a run are named after is printable, and not taken; a second one gets a number."""
    names = {
        "sheet": "sheet_kernel",
        "a_compare": "a_compare_kernel",
        "a_signed": "a_signed_kernel",
        "a_at_1_22": "a_at_1_22_kernel",
        "compare": "compare",
        "a_at_1": "a_at_1",
        "b\x07\u00ad": "b__",
    }
    for name in names:
        (tmp_path / f"{name}.txt").write_text("1 2 1")
    files = [str(tmp_path / f"{name}.txt") for name in names]
    assert list(named_kernels(files)) == list(names.values())
    several = named_kernels(["1 2 1", "1 3 1", "1 2 1", "1 4 1", "1 3 1"])
    assert {name: kernel[0, 1] for name, kernel in several.items()} == {
        "matrix": 2,
        "matrix_2": 3,
        "matrix_3": 4,
    }
    assert kernel_files([*files, "sharpen", "1 2 1", f" {files[0]} "]) == [*files, f" {files[0]} "]


def test_a_name_of_the_bank_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sharpen").write_text("1 2 1")
    assert kernel_files([" sharpen "]) == []
    assert named_kernels([" sharpen "])["sharpen"].shape == (3, 3)
    assert kernel_files(["./sharpen"]) == ["./sharpen"]


def test_no_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my kernels").mkdir()
    for text, message in [
        ("my kernels", r"kernel 'my kernels' is a folder, not a kernel such as '0 -1 0;"),
        (
            "xyz",
            r"'xyz' is no kernel name, file or matrix such as '0 -1 0; .*; the names are small_blur, large",
        ),
        ("SHARPEN", r"; names like it: sharpen$"),
        ("", r"kernel '': a kernel needs at least one weight, got ''$"),
        ("sobel_x 1", r"give names as separate arguments"),
        ("nan", r"kernel 'nan': a weight needs to be finite"),
        ("-Infinity", r"kernel '-Infinity': a weight needs to be finite"),
        ("1;2", r"kernel '1;2': a kernel needs odd sides, got 2 x 1$"),
        ("x" * 41, rf"kernel '{'x' * 37}\.\.\.' is no"),
        ("x" * 40, rf"kernel '{'x' * 40}' is no"),
    ]:
        with pytest.raises(ValueError, match=message):
            named_kernels([text])
    assert named_kernels(["−1 2.5e0 1"])["matrix"].tolist() == [[-1, 2.5, 1]]
    assert named_kernels(["5 # five"])["matrix"] == 5
    assert named_kernels(["5#"])["matrix"] == 5


@pytest.mark.parametrize(
    ("size", "hinted"), [((1, 9), 3), ((1, 25), 5), ((1, 1), 0), ((1, 15), 0), ((9, 1), 0)]
)
def test_hints(size: tuple[int, int], hinted: int) -> None:
    hint = f"a kernel of 1 x {size[1]}; for {hinted} x {hinted}, separate the rows by ;"
    assert row_hint(np.ones(size)) == (hint if hinted else "")


def test_the_largest_file(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_bytes(b"1 2 1 #" + b"x" * (4 * 2**20 - 7))
    assert read_kernel_file(path)[0][1].tolist() == [[1, 2, 1]]
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(ValueError, match=r"large.txt: a kernel file needs at most 4194304 bytes, got more$"):
        read_kernel_file(path)


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(ValueError, match=f"^cannot read {path}: (no such file or|is a) directory$"):
        read_kernel_file(path)


def test_a_file_of_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"1 2 1 # \xe9")
    with pytest.raises(ValueError, match=r"latin.txt: a kernel file needs UTF-8 text, got other bytes$"):
        read_kernel_file(path)
    path.write_bytes("\ufeff1 2 1".encode())  # as Windows' Notepad saves it
    assert read_kernel_file(path)[0][1].tolist() == [[1, 2, 1]]


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
