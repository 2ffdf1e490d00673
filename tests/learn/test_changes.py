"""Changes that are no kernel: never one that is called exact."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from conftest import ROOT, noise
from scipy import ndimage
from test_pair import pair_of

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from filtering.learn import learn_kernel
from filtering.learn.changes import other_change
from filtering.learn.learner import responses
from filtering.learn.report import learned_text
from kernels import KERNELS


def tones(gamma: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda image: np.rint(255 * (image / 255) ** gamma).astype(np.uint8)


def jpeg(quality: int) -> Callable[[np.ndarray], np.ndarray]:
    def compressed(image: np.ndarray) -> np.ndarray:
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        result = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        assert result is not None
        return result

    return compressed


def resized(image: np.ndarray) -> np.ndarray:
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return cv2.resize(half, image.shape[::-1], interpolation=cv2.INTER_CUBIC)


def other(image: np.ndarray) -> np.ndarray:
    camera = cv2.imread(str(ROOT / "images" / "camera.png"), cv2.IMREAD_GRAYSCALE)
    assert camera is not None
    return cv2.resize(camera, image.shape[::-1])


NOT_KERNELS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "median 3": lambda image: cv2.medianBlur(image, 3),
    "bilateral": lambda image: cv2.bilateralFilter(image, 7, 40, 3),
    "maximum": lambda image: cv2.dilate(image, np.ones((3, 3), np.uint8)),
    "gamma 0.5": tones(0.5),
    "gamma 1.5": tones(1.5),
    "equalised": cv2.equalizeHist,
    "threshold": lambda image: np.where(image > 99, 255, 0).astype(np.uint8),
    "rotated by 3 degrees": lambda image: ndimage.rotate(image, 3, reshape=False),
    "resized": resized,
    "another photo": other,
    "noise": lambda image: noise(*image.shape),
    **{f"JPEG {quality}": jpeg(quality) for quality in (50, 95)},
}


NOTES = {
    "gamma 0.5": "a change of tones",
    "equalised": "a change of tones",
}


@pytest.mark.parametrize("name", NOT_KERNELS)
def test_no_kernel(scene: np.ndarray, name: str) -> None:
    learned = learn_kernel(scene, NOT_KERNELS[name](scene))
    assert (learned.verdict, learned.ties) == ("none", 0)
    assert NOTES.get(name, "") in learned.note
    assert 0 <= learned.explained < 1
    x, y = learned.worst
    after = NOT_KERNELS[name](scene).astype(int)
    missing = after - learned.result
    assert abs(missing[y, x]) == learned.residual == np.abs(missing).max()
    assert learned.pixels == after.size
    assert learned.differing == np.count_nonzero(missing)
    assert learned.explained == max(0, 1 - (missing**2).sum() / ((after - scene) ** 2).sum())


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a change of tones": lambda image: 255 - image,
    "": lambda image: cv2.medianBlur(image, 3),
}


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
@pytest.mark.parametrize("change", CHANGES)
def test_other_changes(change: str, shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    note = other_change(pair_of(image, CHANGES[change](image)))
    assert change in note
    assert bool(note) == bool(change)


@pytest.mark.parametrize(("border", "offset"), list(zip(BORDERS, [-60, 0, 60, -60, 60], strict=True)))
def test_what_an_estimate_makes_saturates(border: str, offset: int) -> None:
    image, kernel = noise(9, 12), np.array([[1, 2, 0, 0, 1], [0, 9, 4, 1, 0], [2, 1, 1, 0, 2]]) / 16
    sums = convolve_fast(image, 16 * kernel, border, signed=True) / 16
    expected = np.rint(sums + offset).clip(0, 255)
    assert np.array_equal(responses(pair_of(image, image), kernel, offset, border)[0], expected)


def test_kernel_and_jpeg_is_nearly(scene: np.ndarray) -> None:
    """Between exact and none: the known kernel, with what it leaves."""
    learned = learn_kernel(scene, jpeg(98)(cv2.blur(scene, (3, 3))))
    assert learned.verdict == "nearly"
    assert np.array_equal(learned.kernel, np.full((3, 3), 1 / 9))
    assert 0.98 < learned.explained < 1


def test_the_edge_does_not_decide_what_is_nearly_a_kernel(scene: np.ndarray) -> None:
    """A spline's shift by half a pixel has no border that is known here."""
    assert learn_kernel(scene, ndimage.shift(scene, 0.5, order=3)).verdict == "nearly"


def test_what_is_nearly_a_kernel_saturates(coffee: np.ndarray) -> None:
    after = jpeg(98)(cv2.filter2D(coffee, -1, np.full((3, 3), 1.3 / 9)))
    assert (after > 250).any()
    learned = learn_kernel(coffee, after)
    assert learned.verdict == "nearly"
    assert learned.residual < 60


@pytest.mark.parametrize("border", ["reflect", "reflect101", "wrap"])
def test_the_border_of_what_is_nearly_a_kernel(scene: np.ndarray, border: str) -> None:
    after = jpeg(98)(convolve_fast(scene, np.full((5, 5), 1 / 25), border))
    assert learn_kernel(scene, after).border == border


def test_what_is_nearly_a_kernel_may_be_cropped(scene: np.ndarray) -> None:
    after = jpeg(98)(cv2.blur(scene, (5, 5)))
    assert learn_kernel(scene, after[2:-2, 2:-2]).border == "cropped"


@pytest.mark.parametrize("name", ["sharpen", "gaussian"])
def test_swapped_images(scene: np.ndarray, name: str) -> None:
    """It is said that the other way round there is a kernel."""
    after = cv2.filter2D(scene, -1, KERNELS[name])
    learned = learn_kernel(after, scene)
    assert learned.verdict != "exact"
    assert learned.note.endswith("are the two images swapped?")
    assert learned_text(learned, "a.png", "b.png").splitlines()[0].endswith(learned.note)
    for before, other in [(scene, cv2.medianBlur(scene, 3)), (cv2.medianBlur(scene, 3), after)]:
        assert "swapped" not in learn_kernel(before, other).note
