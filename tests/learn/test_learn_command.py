"""The option --learn: text, JSON, files, exit status."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import ROOT, Capture, error_of, noise

from convolutions import main
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.command import picture
from filtering.show.learning import draw_learning
from kernels import KERNELS

EMBOSS = KERNELS["emboss"]
NAMES = "a.png", "b.png"


def learn(folder: Path, before: np.ndarray, after: np.ndarray, *options: str) -> int:
    paths = [str(folder / name) for name in NAMES]
    for path, image in zip(paths, (before, after), strict=True):
        cv2.imwrite(path, image)
    return main(["--image", paths[0], "--learn", paths[1], "--no-window", *options])


def test_text_and_json(coffee: np.ndarray, tmp_path: Path, capsys: Capture) -> None:
    assert learn(tmp_path, coffee, convolve_fast(coffee, EMBOSS, "reflect101"), "--json") == 0
    out, err = capsys.readouterr()
    first = "this kernel turns a.png into b.png, border reflect101: all 15000 pixels are equal"
    assert err.startswith(f"{first}\n\nlearned  3 x 3, emboss\n    -2  -1   0\n")
    assert "\nas a true convolution:\n     2   1   0\n" in err
    weights = EMBOSS.astype(int).tolist()
    assert json.loads(out) == {
        "before": str(tmp_path / "a.png"), "after": str(tmp_path / "b.png"),
        "kernel": {"rows": 3, "columns": 3, "weights": weights, "divisor": 1, "name": "emboss"},
        "verdict": "exact", "operation": None, "border": "reflect101", "borders": ["reflect101"], "offset": 0,
        "rounding": "half-even", "pixels": 15000, "differing": 0, "explained": 1,
    }  # fmt: skip


def test_files(coffee: np.ndarray, tmp_path: Path, capsys: Capture) -> None:
    folder, after = tmp_path / "out", convolve_fast(coffee, EMBOSS, "reflect101")
    assert learn(tmp_path, coffee, after, "--output", str(folder)) == 0
    out, err = capsys.readouterr()
    assert (out.startswith("this kernel turns"), err) == (True, "")
    names = [".html", "_learned.png", "_learned.txt", "_learned_compare.png", "_learned_panels.png"]
    assert sorted(path.name for path in folder.iterdir()) == [f"a{name}" for name in names]
    assert '"flipped": false' in (folder / "a.html").read_text()
    arguments = ["--kernel", str(folder / "a_learned.txt"), "--border", "reflect101", "--method", "fast"]
    assert main(["--image", str(tmp_path / "a.png"), *arguments, "--no-window", "-o", str(folder)]) == 0
    for name in ("a_learned.png", "a_a_learned.png"):
        assert np.array_equal(np.asarray(cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)), after)


@pytest.mark.parametrize("name", ["photo_learned.txt", "photo_learned_panels.png", "photo_learned.png"])
def test_the_image_after_is_not_overwritten(photo: Path, name: str, capsys: Capture) -> None:
    after = photo.with_name(name)
    after.write_bytes(photo.read_bytes())
    assert main(["--image", str(photo), "--learn", str(after), "-o", str(after.parent)]) == 2
    assert error_of(capsys).endswith(f"{name}: is an input; choose another --output")
    assert after.read_bytes() == photo.read_bytes()


def test_colour(tmp_path: Path, capsys: Capture) -> None:
    """Made gray before, the images are rounded twice: --color is advised, where it is not given."""
    colour = noise(30, 40, 3)
    blurred = cv2.blur(colour, (3, 3))
    assert learn(tmp_path, colour, blurred, "--json", "-o", str(tmp_path / "out")) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["before"] == str(tmp_path / "a.png")
    assert "try --color" in err
    assert "saved the kernel as " in err
    assert learn(tmp_path, colour, blurred, "--color") == 0
    assert "1/9 *" in capsys.readouterr().out
    assert learn(tmp_path, colour, cv2.medianBlur(colour, 3), "--color") == 1
    assert learn(tmp_path, colour[..., 0], cv2.medianBlur(colour[..., 0], 3)) == 1
    assert "try --color" not in capsys.readouterr().out


def test_files_where_the_border_is_no_mode(tmp_path: Path, capsys: Capture) -> None:
    """Responses are saved as they are with border replicate; with --signed, also the negative ones."""
    image = noise(40, 50)
    after = convolve_fast(image, EMBOSS)[1:-1, 1:-1]
    assert learn(tmp_path, image, after, "--signed", "--json", "--output", str(tmp_path)) == 0
    assert json.loads(capsys.readouterr().out)["border"] == "cropped"
    signed = cv2.imread(str(tmp_path / "a_learned_signed.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(np.asarray(signed, int) - 32768, convolve_fast(image, EMBOSS, signed=True))


def test_notes_on_both_images(tmp_path: Path, capsys: Capture) -> None:
    assert learn(tmp_path, noise(20, 24, 4), noise(20, 24, 4)) == 0
    notes = [f"[INFO] {tmp_path / name}: alpha is ignored\n" for name in NAMES]
    out, err = capsys.readouterr()
    assert ("try --color" in out, err) == (False, "".join(notes))


def test_picture() -> None:
    before, after = noise(30, 40), convolve_fast(noise(30, 40), EMBOSS)
    learned = learn_kernel(before, after)
    signed, title = convolve_fast(before, EMBOSS, signed=True), "exact: every pixel is equal"
    expected = draw_learning(before, after, after, EMBOSS, title, exact=True)
    assert np.array_equal(picture(learned, before, after), expected)
    assert np.array_equal(picture(learn_kernel(before, signed), before, signed), expected)
    for verdict, words in (("nearly", "nearly"), ("none", "no kernel")):
        title = f"{words}: 7 of 1200 pixels differ"
        made = picture(replace(learned, verdict=verdict, differing=7), before, after)
        assert np.array_equal(made, draw_learning(before, after, after, EMBOSS, title, exact=False))


def test_no_kernel_behind_a_jpeg(scene: np.ndarray, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.png").write_bytes(cv2.imencode(".jpg", scene)[1].tobytes())
    cv2.imwrite(str(tmp_path / "b.jpg"), cv2.medianBlur(scene, 3))
    paths = ["--image", str(tmp_path / "a.png"), "--learn", str(tmp_path / "b.jpg")]
    assert main([*paths, "--no-window", "--json"]) == 1
    out, err = capsys.readouterr()
    beginning = "a.png and b.jpg are JPEGs; no kernel turns a.png into b.jpg exactly; the best one explains "
    assert err.startswith(beginning)
    assert "standard errors" in err
    data = json.loads(out)
    assert (data["verdict"], data["kernel"]["name"], data["kernel"]["divisor"]) == ("none", None, 1)
    assert 0 < data["explained"] < 1


def test_errors(photo: Path, capsys: Capture) -> None:
    assert main(["--learn", str(photo), "--no-window"]) == 2
    assert "--image is required" in error_of(capsys)
    for arguments, message in [
        (["nothing.png"], "cannot read nothing.png: no such file"),
        ([str(ROOT / "images" / "camera.png")], "needs the size of the image"),
        ([str(photo), "-k", "sharpen"], "--learn cannot be combined with --kernel"),
        ([str(photo), "--border", "wrap"], "cannot be combined with --border"),
        ([""], "needs a name"),
        ([str(photo), "-o", str(photo)], "not a folder"),
    ]:
        assert main(["--image", str(photo), "--no-window", "--learn", *arguments]) == 2
        assert message in error_of(capsys)


def test_signed_responses_are_read_as_they_are_written(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["--image", str(photo), "--no-window", "--signed", "--output", str(tmp_path / "out")]
    assert main([*arguments, "--kernel", "sobel_x", "--border", "wrap"]) == 0
    assert main([*arguments, "--learn", str(tmp_path / "out" / "photo_sobel_x_signed.png")]) == 0
    out = capsys.readouterr().out
    assert "border wrap: all 15000 pixels are equal\n\nlearned  3 x 3, sobel_x\n" in out


def test_channels_with_kernels_of_their_own(tmp_path: Path, capsys: Capture) -> None:
    before = noise(40, 50, 3)
    after = before.copy()
    after[..., 2] = convolve_fast(before[..., 2], KERNELS["sharpen"])
    assert learn(tmp_path, before, after, "--color", "--json", "--output", str(tmp_path / "out")) == 0
    err = capsys.readouterr().err
    assert "(blue: unchanged; green: unchanged; red: sharpen): all 2000 pixels are equal" in err
    assert "\nred, border replicate or reflect (the same pixels here)\n  learned  3 x 3, sharpen\n" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a_learned_panels.png"]
