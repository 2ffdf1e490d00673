"""Images saved whole or not at all."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from filtering.files import read_image, write_image


def test_writers_with_one_pid_share_no_temporary_name(tmp_path: Path) -> None:
    """Threads have one pid, as processes in two containers may have: each file still holds its own image."""

    def write(grey: int) -> None:
        write_image(tmp_path / f"{grey}.png", np.full((200, 300), grey, np.uint8))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(200)))
    assert len(list(tmp_path.iterdir())) == 200
    assert all((read_image(str(tmp_path / f"{grey}.png"))[0] == grey).all() for grey in range(200))


def test_saved_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_image(tmp_path / "image.png", np.zeros((2, 2), np.uint8))
    assert (tmp_path / "image.png").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "image.png").mkdir()
    with pytest.raises(OSError, match=r"image\.png"):
        write_image(tmp_path / "image.png", np.zeros((2, 2), np.uint8))
    assert os.listdir(tmp_path) == ["image.png"]
