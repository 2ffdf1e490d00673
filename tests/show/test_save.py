"""The files of a run: their content, and that none of them replaces an input."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import POSIX, noise, two_sides

from filtering.compare import compare
from filtering.files import read_image
from filtering.report import printable
from filtering.show.canvas import response_image
from filtering.show.page import page_html
from filtering.show.panels import draw_for_file
from filtering.show.place import draw_picture
from filtering.show.save import Saver
from filtering.show.sheet import draw_sheet
from kernels import KERNELS


def test_saved_files_are_what_was_computed(tmp_path: Path) -> None:
    """A kernel that is saved again, with more to it, has each of its files once."""
    result, folder, seen = two_sides(20, 30), tmp_path / "new" / "folder", noise(9, 9, 3)
    saver = Saver(folder, ["photos/photo.jpg"], ["k"], flipped=True)
    assert [path.name for path in saver.save(result)] == ["photo_k.png", "photo_k_compare.png"]
    paths = saver.save(result, [(3, 7)], seen)
    saver.save(result)
    assert saver.files == {"k": paths}
    images = {
        "photo_k.png": np.full((20, 30, 3), 60),
        "photo_k_compare.png": draw_for_file(result),
        "photo_k_at_3_7.png": draw_picture(result, (3, 7)),
        "photo_k_window.png": seen,
    }
    assert [path.name for path in paths] == list(images)
    for path, image in zip(paths, images.values(), strict=True):
        assert np.array_equal(read_image(str(path))[0], image)
    sheet, page = saver.save_sheet([result]), saver.save_page([result], (3, 7))
    assert (saver.sheet, saver.page) == (sheet, page) == (folder / "photo_sheet.png", folder / "photo.html")
    assert np.array_equal(read_image(str(sheet))[0], draw_sheet("photo.jpg", [result], flipped=True))
    assert page.read_text() == page_html("photos/photo.jpg", [result], (3, 7), True)


def test_all_is_kept_or_nothing(tmp_path: Path) -> None:
    """With the page, at the pixel of --at; a sheet of several kernels only."""
    results = [two_sides(20, 30), replace(two_sides(20, 30), name="other")]
    for wanted, of_all in [(False, 2), (True, 0), (True, 1), (True, 2)]:
        saver = Saver(tmp_path / f"{wanted}{of_all}", ["photo.jpg"], ["k"], [(3, 7)], wanted=wanted)
        saver.keep(results[0])
        saver.keep_overview(results[:of_all])
        ends = ["", "_k", "_k_at_3_7", "_k_compare", "_sheet"][of_all == 0 : 5 if of_all == 2 else 4]
        stems = sorted(path.stem for path in saver.folder.glob("*"))
        assert stems == [f"photo{end}" for end in ends] * wanted
    assert (saver.folder / "photo.html").read_text() == page_html("photo.jpg", results, (3, 7))


def test_signed_responses_are_saved_as_they_are(tmp_path: Path) -> None:
    """As 16 bits, where 32768 is zero; and as they are shown."""
    result = compare(noise(20, 30), KERNELS["sobel_x"], signed=True, name="sobel_x")
    result.ours[0, :2] = -32768, 32767
    paths = Saver(tmp_path, ["photo.png"], ["sobel_x"]).save(result)
    assert [path.stem for path in paths] == [f"photo_sobel_x{end}" for end in ("", "_signed", "_compare")]
    saved = np.asarray(cv2.imread(str(paths[1]), cv2.IMREAD_UNCHANGED))
    assert saved.dtype == np.uint16
    assert np.array_equal(saved.astype(int) - 32768, result.ours)
    shown = response_image(result.ours, result.white or 0)
    assert np.array_equal(read_image(str(paths[0]))[0][..., 0], shown)


@POSIX
def test_the_summary_says_what_was_saved(tmp_path: Path) -> None:
    """In one line, without control characters."""
    saver, result = Saver(tmp_path, ["ph\x1boto.png"], ["k"]), two_sides(20, 30)
    assert saver.summary() == "nothing was saved"
    assert Saver(tmp_path, ["photo.png"], [], wanted=False).summary() == "nothing is saved without --output"
    saver.save_page([result], (3, 7))
    page = rf"open {tmp_path}/ph\x1boto.html in a browser to see every pixel"
    assert saver.summary() == page
    files = saver.save(result), saver.save_sheet([result])
    assert printable(f"saved the images in {tmp_path}/, all kernels in {files[1]}; {page}") == saver.summary()


ENDS = ["_k.png", "_k_compare.png", "_k_signed.png", "_k_at_3_7.png", "_sheet.png", ".html", "_learned.txt"]


def a_run(folder: Path, *inputs: Path) -> Saver:
    return Saver(folder, list(map(str, inputs)), ["k"], [(3, 7)], others=["_learned.txt"])


def refuses(saver: Saver, message: str) -> None:
    with pytest.raises(ValueError, match=f"^cannot write {re.escape(message)}$"):
        saver.prepare()


@POSIX
@pytest.mark.parametrize("end", ENDS)
def test_what_is_not_this_programs_stays(tmp_path: Path, end: str) -> None:
    """An input, under another name of the file, too; a folder; and beside the image what is not marked.

    Before anything is written. In another folder, names are enough: earlier versions left no mark in files.
    """
    target, link, photo = tmp_path / f"photo{end}", tmp_path / "link.png", Path("photo.png")
    target.write_bytes(b"my own")
    link.symlink_to(target)
    own = f"{target}: exists, and is not of this program; choose another --output"
    refuses(a_run(tmp_path, tmp_path / "photo.png"), own)
    refusal = f"{target}: is an input; choose another --output"
    for read in (target, link, tmp_path / ".." / tmp_path.name / target.name):
        refuses(a_run(tmp_path, photo, tmp_path / "missing.png", read), refusal)
    if end == "_k_at_3_7.png":  # which this run does not write at first
        plain = Saver(tmp_path, ["photo.png", str(target)], ["k"])
        plain.prepare()
        with pytest.raises(ValueError, match=f"^cannot write {target}: is an input"):
            plain.save(two_sides(20, 30), [(3, 7)])
    a_run(tmp_path, photo, tmp_path / "link2.png").prepare()
    assert target.read_bytes() == b"my own"
    target.unlink()
    target.mkdir()
    refuses(a_run(tmp_path, photo), f"{target}: is a folder")


def test_a_run_replaces_its_own_files(tmp_path: Path) -> None:
    for _ in range(2):
        saver = a_run(tmp_path, tmp_path / "photo.png")
        saver.keep(two_sides(20, 30))
        saver.keep_overview([two_sides(20, 30)] * 2)
        saver.save_text("_learned.txt", "# learned from a and b\n1\n")
    names = {f"photo{end}" for end in ENDS if end != "_k_signed.png"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_the_folder_is_a_folder_and_names_are_not_too_long(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    for folder in (tmp_path / "results", tmp_path / "results" / "below"):
        refuses(Saver(folder, ["photo.png"], []), f"to {folder}: not a folder")
    long = "k" * 300
    refuses(Saver(tmp_path, ["p.png"], [long]), f"{tmp_path / f'p_{long}.png'}: file name too long")
