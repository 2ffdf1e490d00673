"""Kinds of image files: a clear word on each that is not read, and no limit of pixels but our own."""

import io
import re
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import image_files as made
import pytest
from PIL import Image

from filtering.decode import decode


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


class Held(io.BytesIO):
    """A PNG file whose reader waits inside of Image.open until `go` is set."""

    def __init__(self) -> None:
        super().__init__(made.saved(made.COLOUR, "PNG"))
        self.reached, self.go = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.reached.set()
        assert self.go.wait(20)
        return super().read(size)


def test_images_above_pillows_limit(low: None) -> None:
    """They are read, by several threads at once, or refused."""
    files = [Held(), Held()]
    with ThreadPoolExecutor(2) as threads:
        images = [threads.submit(decode, file, shallow=False) for file in files]
        assert all(file.reached.wait(20) for file in files)
        for file in files:
            file.go.set()
        assert [image.result()[0].shape for image in images] == [(44, 60, 3)] * 2
    with pytest.raises(ValueError, match="PNG image"):
        decode(io.BytesIO(files[0].getvalue()[:60]), shallow=False)
