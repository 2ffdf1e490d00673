"""Images as compact text: it is short. That pages unpack every pixel is seen in test_convolve_js.py."""

import cv2
import pytest
from conftest import noise

from filtering.show.pack import packed


@pytest.mark.parametrize(("smooth", "weight"), [(1, 2), (3, 3), (9, 4)])
def test_the_prediction_suits_the_image(smooth: int, weight: int) -> None:
    """From noise to a smooth surface. OpenCV's PNG, which is in bytes, not base64, is hardly shorter."""
    image = cv2.GaussianBlur(noise(300, 300), (0, 0), smooth / 3)
    assert packed(image).startswith(str(weight))
    assert len(packed(image)) < 1.4 * len(cv2.imencode(".png", image)[1])
