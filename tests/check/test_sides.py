"""Functions that take one side of a kernel for both: the other one gets a name of its own."""

from pathlib import Path

from written import RIGHT, alone, proven


def test_a_border_of_opencv_in_python_2(tmp_path: Path) -> None:
    """In which the division by 2 gave a whole number."""
    path, text = tmp_path / "tutorial.py", alone("tutorial").replace("//", "/")
    opencv = "cv2.copyMakeBorder(image, reach, reach, reach, reach,\n        cv2.BORDER_REPLICATE)"
    text = text.replace('np.pad(image, reach, mode="edge")', opencv)
    path.write_text(f"import cv2\n{text}print 'done'\n")
    lines = [line for line in proven(path, "tutorial").splitlines() if line.startswith("+  ")]
    assert "+    reach = (kernel.shape[1] - 1) // 2" in lines
    assert "+    reach_rows = (kernel.shape[0] - 1) // 2" in lines
    assert "+    padded = cv2.copyMakeBorder(image, reach_rows, reach_rows, reach, reach," in lines
    assert len(lines) == 7  # and nothing that need not change


def test_a_padding_that_names_a_side_twice(tmp_path: Path) -> None:
    """What is replaced by other names has its places, wherever the first ones end."""
    path, text = tmp_path / "mine.py", RIGHT.replace("kh", "rows").replace("kw", "columns")
    text = text.replace("((rows // 2,), (columns // 2,))", "pad")
    path.write_text(text.replace("    padded", "    pad = (columns - columns % 2) // 2\n    padded"))
    assert "+    pad_rows = (rows - rows % 2) // 2\n" in proven(path)
