"""Kinds of image files: a clear word on each that is not read, and no limit of pixels but our own."""

import io
import re
import threading
import warnings

import image_files as made
import pytest
from PIL import Image

from filtering.decode import decode
from filtering.formats import pillow


@pytest.mark.parametrize(("data", "reason"), made.UNREAD, ids=[reason for _, reason in made.UNREAD])
def test_the_right_word(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}"):
        decode(io.BytesIO(data), shallow=False)


def test_pillows_limit_of_pixels_is_lifted_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images above it are read or refused, and Pillow is left as it was."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    filters = list(warnings.filters)
    data = made.saved(made.COLOUR, "PNG")
    assert decode(io.BytesIO(data), shallow=False)[0].shape == (44, 60, 3)
    with pytest.raises(ValueError, match="PNG image"):
        decode(io.BytesIO(data[:60]), shallow=False)
    order = []

    def lift() -> None:
        with pillow("damaged"):
            order.append("other")

    other = threading.Thread(target=lift)
    with pillow("damaged"):
        other.start()
        other.join(0.1)  # in vain
        order.append("this")
    other.join()
    assert order == ["this", "other"]
    assert (Image.MAX_IMAGE_PIXELS, warnings.filters) == (100, filters)
