"""convolve_chunks equals convolve_fast on the whole, whatever the chunks; also from disk to disk."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, noise

from filtering.borders import BORDERS
from filtering.fast import convolve_fast
from kernels import KERNELS

da = pytest.importorskip("dask.array")
from filtering.chunks import convolve_chunks  # noqa: E402


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("signed", [False, True])
def test_equals_the_whole(border: str, signed: bool) -> None:
    """Uneven chunks, smaller than the kernel, and one pixel wide; one row, one column; colour."""
    kernels = [np.arange(15).reshape(3, 5) / 7 - 1, KERNELS["large_blur"], np.ones((1, 1)), np.ones((9, 1))]
    chunks = [((40, 47), (16, 16)), ((1, 30), 7), ((30, 1), (1, 29)), ((37, 23, 3), (15, 9, 1)), ((5, 4), 2)]
    for shape, size in chunks:
        image = noise(*shape)
        for kernel in kernels:
            result = convolve_chunks(da.from_array(image, chunks=size), kernel, border, signed=signed)
            assert (result.shape, result.dtype) == (image.shape, np.int16 if signed else np.uint8)
            whole = convolve_fast(image, kernel, border, signed=signed)
            assert np.array_equal(result.compute(scheduler="synchronous"), whole)


@pytest.mark.parametrize("shape", [(40, 30), (6, 30), (6, 5)])
def test_keeps_the_chunks(shape: tuple[int, int]) -> None:
    image = da.zeros(shape, chunks=(3, 20), dtype=np.uint8)
    for border in ("replicate", "wrap"):
        assert convolve_chunks(image, np.ones((15, 9)), border).chunks == image.chunks


def test_many_channels_in_a_few_rows() -> None:
    """With three rows, a part of it has the shape of an image with its channels first."""
    image = noise(6, 7, 5)
    result = convolve_chunks(da.from_array(image, chunks=(1, 7, 5)), KERNELS["sobel_x"], signed=True)
    assert np.array_equal(result.compute(), convolve_fast(image, KERNELS["sobel_x"], signed=True))


def test_refuses_what_convolve_refuses() -> None:
    image = da.zeros((4, 4), dtype=np.uint8)
    cases = [
        (image.astype(float), [[1]], "zero", "uint8.*got float64"),
        (np.zeros((4, 4), np.uint8), [[1]], "zero", "Dask array; got ndarray"),
        (image, [[1, 2]], "zero", "odd sides"),
        (image, [[1]], "mirror", "border needs to be one of"),
        (image[:, image[0] > 0], [[1]], "zero", r"chunks of known sizes, got \(4, nan\)"),
        (da.zeros((3, 4, 5), dtype=np.uint8), [[1]], "zero", "channels last"),
    ]
    for picture, kernel, border, rule in cases:
        with pytest.raises(ValueError, match=rule):
            convolve_chunks(picture, kernel, border)


def test_without_dask(tmp_path: Path) -> None:
    """A package that cannot be imported stands for an installation without Dask."""
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "__init__.py").write_text("raise ImportError('No module named dask')")
    code = (
        "import numpy as np; from filtering.chunks import convolve_chunks; convolve_chunks(np.ones(1), [[1]])"
    )
    child = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(tmp_path)!r}, '.']; {code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "ImportError: convolve_chunks needs Dask: pip install" in child.stderr


DISK_TO_DISK = """
import sys
import dask.array as da
import numpy as np
from dask.distributed import Client, LocalCluster
from filtering.chunks import convolve_chunks
from filtering.threads import allowed_threads
from kernels import KERNELS

class Raw:
    # A file of pixels that each worker opens for itself: an np.memmap would be copied to it, whole.
    dtype, ndim = np.dtype(np.uint8), 2
    def __init__(self, path, shape):
        self.path, self.shape = path, shape
    def __getitem__(self, where):
        return np.array(np.memmap(self.path, self.dtype, "r", shape=self.shape)[where])
    def __setitem__(self, where, pixels):
        np.memmap(self.path, self.dtype, "r+", shape=self.shape)[where] = pixels

if __name__ == "__main__":
    folder, side = sys.argv[1], int(sys.argv[2])
    source, target = (Raw(f"{folder}/{name}.raw", (side, side)) for name in ("image", "result"))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            print("threads of a task:", client.submit(allowed_threads).result())
            image = da.from_array(source, chunks=(side // 4, side // 2))
            da.store(convolve_chunks(image, KERNELS["large_blur"], "reflect101"), target, lock=False)
"""


def test_from_disk_to_disk_on_two_workers(tmp_path: Path) -> None:
    """A memory map through a LocalCluster into a memory map; one thread in each worker's task."""
    image = noise(1200, 1200)
    image.tofile(tmp_path / "image.raw")
    np.zeros_like(image).tofile(tmp_path / "result.raw")
    (tmp_path / "work.py").write_text(f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{DISK_TO_DISK}")
    command = [sys.executable, str(tmp_path / "work.py"), str(tmp_path), "1200"]
    child = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    assert child.stdout == "threads of a task: 1\n"
    result = np.fromfile(tmp_path / "result.raw", np.uint8).reshape(image.shape)
    assert np.array_equal(result, convolve_fast(image, KERNELS["large_blur"], "reflect101"))
