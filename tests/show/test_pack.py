"""Images as compact text: the page unpacks what Python packs, and it is short."""

import cv2
import numpy as np
import pytest
from conftest import noise
from pages import Open, html_of

from filtering.show.pack import packed


def test_the_page_unpacks_what_is_packed(open_page: Open) -> None:
    page = open_page(html_of("identity"))
    read = "([text, size, signed]) => unpack(text, size, signed).then((all) => all.map((one) => [...one]))"
    for image in (noise(7, 5), noise(1, 9, 3), noise(6, 4).astype(np.int16) * 99 - 9999):
        height, width = image.shape[:2]
        size, signed = {"width": width, "height": height}, image.dtype == np.int16
        planes = page.evaluate(read, [packed(image), size, signed])
        assert np.array_equal(planes, image.reshape(height * width, -1).T)


@pytest.mark.parametrize(("smooth", "weight"), [(1, 2), (3, 3), (9, 4)])
def test_the_prediction_suits_the_image(smooth: int, weight: int) -> None:
    """From noise to a smooth surface. OpenCV's PNG, which is in bytes, not base64, is hardly shorter."""
    image = cv2.GaussianBlur(noise(300, 300), (0, 0), smooth / 3)
    assert packed(image).startswith(str(weight))
    assert len(packed(image)) < 1.4 * len(cv2.imencode(".png", image)[1])
