"""Kernels as people have them: names, matrices, files of several, and what is refused."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import Capture

from convolutions import main
from filtering.parse import kernel_files, named_kernels, read_kernel_file, row_hint


def test_a_file_of_several_kernels(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    path.write_text(
        "# for the lesson\nblur:  # a mean\n1 1 1\n1 1 1\n1 1 1 / 9\n\nedge-x:\r\n-1 0 1\n\nsheet:\n[[1]]\n"
    )
    kernels = named_kernels([str(path), "sharpen", str(path)])
    assert list(kernels) == ["blur", "edge-x", "sheet_kernel", "sharpen"]
    assert np.array_equal(kernels["blur"], np.ones((3, 3)) / 9)
    assert kernels["edge-x"].tolist() == [[-1, 0, 1]]
    # The largest, and one as Windows' Notepad saves it.
    for content in (b"1 2 1 #" + b"x" * (4 * 2**20 - 7), "\ufeff1 2 1\r\n".encode()):
        path.write_bytes(content)
        assert read_kernel_file(path)[0][1].tolist() == [[1, 2, 1]]


def test_files_that_are_wrong(tmp_path: Path) -> None:
    path = tmp_path / "set.txt"
    for content, message in [
        (b"1 2 1\nblur:\n1 1 1\n", r"the first kernel needs a line `name:` above it too, got '1 2 1'$"),
        (b"blur:\n1 2\n", "blur: a kernel needs odd sides, got 1 x 2; filter2D"),
        (b"# nothing", "a kernel needs at least one weight"),
        (b"1 2 1 # \xe9", "a kernel file needs UTF-8 text, got other bytes"),
        (b"1 2 1 #" + b"x" * (4 * 2**20 - 6), "a kernel file needs at most 4194304 bytes, got more$"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=f"^{path}: {message}"):
            read_kernel_file(path)
    with pytest.raises(ValueError, match=f"^cannot read {tmp_path}: is a directory$"):
        read_kernel_file(tmp_path)


def test_names_of_kernels(tmp_path: Path) -> None:
    """What the files of a run are named after is printable, and not taken; a second one gets a number."""
    names = {"sheet": "sheet_kernel", "a_compare": "a_compare_kernel", "a_signed": "a_signed_kernel"}
    names |= {"a_at_1_22": "a_at_1_22_kernel", "compare": "compare", "a_at_1": "a_at_1", "b\x07\u00ad": "b__"}
    files = [tmp_path / f"{name}.txt" for name in names]
    for file in files:
        file.write_text("1 2 1")
    assert list(named_kernels(list(map(str, files)))) == list(names.values())
    several = named_kernels(["1 2 1", "1 3 1", "1 2 1", "1 4 1", "1 3 1"])
    middles = {name: kernel[0, 1] for name, kernel in several.items()}
    assert middles == {"matrix": 2, "matrix_2": 3, "matrix_3": 4}


def test_a_name_of_the_bank_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sharpen").write_text("1 2 1")
    assert kernel_files([" sharpen ", " ./sharpen ", "1 2 1"]) == [" ./sharpen "]
    shapes = {name: kernel.shape for name, kernel in named_kernels([" sharpen ", "./sharpen"]).items()}
    assert shapes == {"sharpen": (3, 3), "sharpen_2": (1, 3)}


def test_no_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my kernels").mkdir()
    for text, message in [
        ("my kernels", r'kernel .my kernels. is a folder, not a kernel such as "0 -1 0;'),
        ("xyz", r'.xyz. is no kernel name, file or matrix such as "0 -1 0; .*; the names are small_blur, '),
        ("SHARPEN", r"; names like it: sharpen$"),
        ("sobel_x 1", r"names need to be separate words: sobel_x 1$"),
        ("\xa05", r"kernel '.xa05' is no kernel name, file or matrix"),
        ("x" * 40, rf"kernel '{'x' * 40}' is no"),
    ] + [
        (text, f"^kernel {re.escape(repr(text))}: ")  # and why it is no matrix
        for text in ("", "nan", "-Infinity", "1;2", "3x3+0+0:1", "foo([[1]])")
    ]:
        with pytest.raises(ValueError, match=message):
            named_kernels([text])


def test_matrices() -> None:
    assert named_kernels(["−1 2.5e0 1"])["matrix"].tolist() == [[-1, 2.5, 1]]
    ones = ["{{5}}", "1x1:5", "5*np.ones((1,1))", "-np.array(-5)", "5*[1]"]
    for text in ["5 # five", "5#", "\v5\f", "k=5", "[[5]]", *ones]:
        assert named_kernels([text])["matrix"] == 5


def test_hints(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """For a row that looks like a square; motion_blur is meant to be 1 x 9.

    On stderr, under the name of the kernel, which may have got a number; --json has stdout for itself.
    """
    assert [row_hint(np.ones(shape)) for shape in [(1, 1), (1, 15), (9, 1)]] == [""] * 3
    path = tmp_path / "set.txt"
    path.write_text("a:\n1 2 1/16\nb:\n1 2 1 / 16\na:\n1 2 1/8\n")
    row = "a kernel of 1 x 9; for 3 x 3, separate the rows by ;"
    last = "only the last weight is divided; a blank before the slash divides them all"
    kernels = ["motion_blur", "1 2 1 2 4 2 1 2 1", str(path)]
    assert main(["-i", str(photo), "--no-window", "--method", "fast", "--json", "-k", *kernels]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("{")
    assert err.startswith(f"[INFO] matrix: {row}\n[INFO] a: {last}\n[INFO] a_2: {last}\n[INFO] 150 x 100 ")
    assert main(["--list", "-k", "1 2 1/16"]) == 0
    assert capsys.readouterr().err == f"[INFO] matrix: {last}\n"
