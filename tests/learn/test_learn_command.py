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


@pytest.fixture
def images(photo: Path, coffee: np.ndarray) -> tuple[str, str]:
    """The paths of a photo and of that photo embossed, with border reflect101."""
    after = photo.with_name("after.png")
    cv2.imwrite(str(after), convolve_fast(coffee, EMBOSS, "reflect101"))
    return str(photo), str(after)


def learn(folder: Path, before: np.ndarray, after: np.ndarray, *options: str) -> int:
    """Save two images as a.png and b.png, and return the exit status."""
    for name, image in (("a.png", before), ("b.png", after)):
        cv2.imwrite(str(folder / name), image)
    pair = ["--image", str(folder / "a.png"), "--learn", str(folder / "b.png")]
    return main([*pair, "--no-window", *options])


def test_text_and_json(images: tuple[str, str], capsys: Capture) -> None:
    assert main(["--image", images[0], "--learn", images[1], "--no-window", "--json"]) == 0
    out, err = capsys.readouterr()
    assert (
        "this kernel turns photo.png into after.png, border reflect101: all 15000 pixels are equal\n" in err
    )
    assert "\nlearned  3 x 3, emboss\n    -2  -1   0\n" in err
    assert "\nas a true convolution:\n     2   1   0\n" in err
    data = json.loads(out)
    weights = EMBOSS.astype(int).tolist()
    kernel = {"rows": 3, "columns": 3, "weights": weights, "divisor": 1, "name": "emboss"}
    assert data.pop("kernel") == kernel
    assert data == {
        "before": images[0], "after": images[1], "verdict": "exact", "operation": None, "offset": 0,
        "border": "reflect101", "borders": ["reflect101"], "rounding": "half-even", "pixels": 15000,
        "differing": 0, "explained": 1,
    }  # fmt: skip


def test_files(images: tuple[str, str], tmp_path: Path, capsys: Capture) -> None:
    """The saved kernel is read by --kernel, and makes the image after of the image before."""
    folder = tmp_path / "out"
    arguments = ["--image", images[0], "--no-window", "--output", str(folder)]
    assert main([*arguments, "--learn", images[1]]) == 0
    out, err = capsys.readouterr()
    assert (out.startswith("this kernel turns"), err) == (True, "")
    names = [".html", "_learned.png", "_learned.txt", "_learned_compare.png", "_learned_panels.png"]
    assert sorted(path.name for path in folder.iterdir()) == [f"photo{name}" for name in names]
    assert '"flipped": false' in (folder / "photo.html").read_text()
    kernel = str(folder / "photo_learned.txt")
    assert main([*arguments, "-k", kernel, "--border", "reflect101", "--method", "fast"]) == 0
    paths = images[1], folder / "photo_learned.png", folder / "photo_photo_learned.png"
    after, *made = (np.asarray(cv2.imread(str(path))) for path in paths)
    assert all(np.array_equal(after, one) for one in made)


@pytest.mark.parametrize("name", ["photo_learned.txt", "photo_learned_panels.png", "photo_learned.png"])
def test_the_image_after_is_not_overwritten(images: tuple[str, str], name: str, capsys: Capture) -> None:
    after = Path(images[1]).rename(Path(images[1]).with_name(name))
    assert main(["--image", images[0], "--learn", str(after), "-o", str(after.parent)]) == 2
    assert error_of(capsys).endswith(f"{name}: is an input; choose another --output")


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
    notes = [f"[INFO] {tmp_path / name}: alpha is ignored\n" for name in ("a.png", "b.png")]
    assert capsys.readouterr().err == "".join(notes)


def test_picture() -> None:
    before, after = noise(30, 40), convolve_fast(noise(30, 40), EMBOSS)
    learned = learn_kernel(before, after)
    for verdict, title in [
        ("exact", "exact: every pixel is equal"),
        ("nearly", "nearly: 7 of 1200 pixels differ"),
        ("none", "no kernel: 7 of 1200 pixels differ"),
    ]:
        expected = draw_learning(before, after, after, EMBOSS, title, exact=verdict == "exact")
        made = picture(replace(learned, verdict=verdict, differing=7), before, after)
        assert np.array_equal(made, expected)


def test_no_kernel_behind_a_jpeg(scene: np.ndarray, tmp_path: Path, capsys: Capture) -> None:
    """It is one by its first bytes, whatever its name."""
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


ERRORS = [
    (["--learn", "AFTER"], "--image is required"),
    (["--image", "IMAGE", "--learn", "nothing.png"], "cannot read nothing.png: no such file"),
    (["--image", "IMAGE", "--learn", str(ROOT / "images" / "camera.png")], "needs the size of the image"),
    (["--image", "IMAGE", "--learn", "AFTER", "-k", "sharpen"], "--learn cannot be combined with --kernel"),
    (["--image", "IMAGE", "--learn", "AFTER", "--border", "wrap"], "cannot be combined with --border"),
    (["--image", "IMAGE", "--learn", ""], "needs a name"),
    (["--image", "IMAGE", "--learn", "AFTER", "-o", "IMAGE"], "not a folder"),
]


def test_errors(images: tuple[str, str], capsys: Capture) -> None:
    paths = {"IMAGE": images[0], "AFTER": images[1]}
    for arguments, message in ERRORS:
        assert main([paths.get(argument, argument) for argument in arguments] + ["--no-window"]) == 2
        assert message in error_of(capsys)


def test_signed_responses_are_read_as_they_are_written(photo: Path, tmp_path: Path, capsys: Capture) -> None:
    """Of an edge kernel, half of the sums are negative; 8 bits would hide them."""
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
