"""Kinds of image files: a clear word on each that is not read, and no limit of pixels but our own."""

import io
import re
import threading
import warnings
from collections.abc import Iterator

import image_files as made
import pytest
from PIL import Image

from filtering.decode import decode
from filtering.formats import pillow


@pytest.mark.parametrize(("data", "reason"), made.UNREAD, ids=[reason for _, reason in made.UNREAD])
def test_the_right_word(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}"):
        decode(io.BytesIO(data), shallow=False)


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A limit of pixels that every image here exceeds; Pillow is left as it was."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    before = list(warnings.filters)
    yield
    assert Image.MAX_IMAGE_PIXELS == 100
    assert warnings.filters == before


def test_images_above_pillows_limit_are_read_or_refused(low: None) -> None:
    data = made.saved(made.COLOUR, "PNG")
    assert decode(io.BytesIO(data), shallow=False)[0].shape == (44, 60, 3)
    with pytest.raises(ValueError, match="PNG image"):
        decode(io.BytesIO(data[:60]), shallow=False)


def test_one_thread_at_a_time_lifts_the_limit(low: None) -> None:
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
