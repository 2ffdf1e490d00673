"""The files of a run: their content, and that none of them replaces an input."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import Script, noise

from filtering.compare import Comparison, compare
from filtering.files import read_image
from filtering.show.canvas import response_image
from filtering.show.panels import draw_for_file
from filtering.show.place import draw_picture
from filtering.show.save import Saver
from filtering.show.sheet import draw_sheet
from kernels import KERNELS


def sobel(signed: bool = False) -> Comparison:
    return compare(noise(20, 30), KERNELS["sobel_x"], signed=signed, name="sobel_x")


def test_saved_images_are_what_was_computed(tmp_path: Path) -> None:
    result, saver = sobel(), Saver(tmp_path / "new" / "folder", ["photo.jpg"], ["sobel_x"])
    paths = saver.save(result)
    assert [path.name for path in paths] == ["photo_sobel_x.png", "photo_sobel_x_compare.png"]
    assert np.array_equal(read_image(str(paths[0]))[0][..., 0], result.ours)
    assert np.array_equal(read_image(str(paths[1]))[0], draw_for_file(result))
    sheet = saver.save_sheet([result])
    assert sheet.name == "photo_sheet.png"
    assert np.array_equal(read_image(str(sheet))[0], draw_sheet("photo.jpg", [result]))
    assert saver.files == {"sobel_x": paths}


def test_signed_responses_are_saved_as_they_are(tmp_path: Path) -> None:
    """As 16 bits, where 32768 is zero; and as they are shown."""
    result = sobel(signed=True)
    result.ours[0, :2] = -32768, 32767
    paths = Saver(tmp_path, ["photo.png"], ["sobel_x"]).save(result)
    assert [path.stem for path in paths] == ["photo_sobel_x", "photo_sobel_x_signed", "photo_sobel_x_compare"]
    saved = cv2.imread(str(paths[1]), cv2.IMREAD_UNCHANGED)
    assert saved is not None
    assert saved.dtype == np.uint16
    assert np.array_equal(saved.astype(int) - 32768, result.ours)
    shown = response_image(result.ours, result.white or 0)
    assert np.array_equal(read_image(str(paths[0]))[0][..., 0], shown)


def test_the_arithmetic_is_saved_as_a_picture(tmp_path: Path) -> None:
    result = sobel()
    paths = Saver(tmp_path, ["photo.png"], ["sobel_x"]).save(result, (3, 7))
    assert paths[-1].name == "photo_sobel_x_at_3_7.png"
    assert np.array_equal(read_image(str(paths[-1]))[0], draw_picture(result, (3, 7)))


def test_the_summary_says_what_was_saved(tmp_path: Path) -> None:
    saver = Saver(tmp_path, ["photo.png"], ["sobel_x"])
    assert saver.summary() == "nothing is saved without --output"
    saver.save_page([sobel()], (3, 7))
    page = f"open {tmp_path}/photo.html in a browser to see every pixel"
    assert saver.summary() == page
    saver.save(sobel())
    assert saver.summary() == f"saved the images in {tmp_path}/; {page}"
    saver.save_sheet([sobel()])
    assert (
        saver.summary()
        == f"saved the images in {tmp_path}/, all kernels in {tmp_path}/photo_sheet.png; {page}"
    )


def test_a_file_whose_name_depends_on_the_pixel_is_no_input_either(tmp_path: Path) -> None:
    target = tmp_path / "photo_sobel_x_at_3_7.png"
    target.write_bytes(b"input")
    saver = Saver(tmp_path, ["photo.png", str(target)], ["sobel_x"])
    with pytest.raises(ValueError, match=f"^cannot write {target}: it is an input; choose another --output$"):
        saver.save(sobel(), (3, 7))
    assert target.read_bytes() == b"input"


def test_saved_images_are_the_same_every_time(photo: Path, script: Script, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        assert script("-i", photo, "-o", tmp_path / folder, "-k", "sobel_x", "sharpen").returncode == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 6
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    for folder in (tmp_path / "results", tmp_path / "results" / "below"):
        with pytest.raises(ValueError, match=f"^cannot write to {folder}: not a folder$"):
            Saver(folder, ["photo.png"], []).prepare()


@pytest.mark.parametrize("end", ["sobel_x", "sobel_x_compare", "sheet"])
def test_a_target_that_is_a_folder_is_refused(tmp_path: Path, end: str) -> None:
    (tmp_path / f"photo_{end}.png").mkdir()
    with pytest.raises(ValueError, match=rf"^cannot write .*photo_{end}\.png: it is a folder$"):
        Saver(tmp_path, ["photo.png"], ["sobel_x"]).prepare()


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^cannot write .*: file name too long$"):
        Saver(tmp_path, ["photo.png"], ["k" * 300]).prepare()


@pytest.mark.parametrize("end", ["sobel_x", "sobel_x_compare", "sheet"])
def test_an_input_is_never_overwritten(tmp_path: Path, end: str) -> None:
    """Not under another name of the same file, either."""
    target = tmp_path / f"photo_{end}.png"
    target.write_bytes(b"input")
    (tmp_path / "link.png").symlink_to(target)
    for read in (target, tmp_path / "link.png", tmp_path / ".." / tmp_path.name / target.name):
        with pytest.raises(ValueError, match=rf"^cannot write .*photo_{end}\.png: it is an input"):
            Saver(tmp_path, ["photo.png", str(tmp_path / "missing.png"), str(read)], ["sobel_x"]).prepare()
    # An older result may be replaced.
    Saver(tmp_path, ["photo.png", str(tmp_path / "link2.png")], ["sobel_x"]).prepare()
