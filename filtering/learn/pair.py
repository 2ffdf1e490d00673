"""A pair of images, before and after: aligned, and the pixels of it that a kernel is learned from."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from filtering.borders import pad
from filtering.pixels import check_image

LARGEST_REACH = 15  # of a kernel that is looked for: 31 x 31


@dataclass(frozen=True, eq=False)
class Pair:
    """Two images of one size, one plane per channel; of `after`, a frame may be missing."""

    before: np.ndarray  # uint8, (channels, H, W)
    after: np.ndarray  # uint8, (channels, H, W)
    missing: tuple[int, int, int, int]  # rows above and below, columns left and right
    gray: bool  # whether the images were (H, W)

    @property
    def cropped(self) -> bool:
        """Tell if pixels near the edge are missing."""
        return any(self.missing)

    def inside(self, reach: tuple[int, int]) -> tuple[slice, slice]:
        """Return the rows and columns of `after` whose windows lie inside the image."""
        above, below, left, right = self.missing
        height, width = self.before.shape[1:]
        rows = slice(max(above, reach[0]), height - max(below, reach[0]))
        return rows, slice(max(left, reach[1]), width - max(right, reach[1]))

    def edge(self, reach: tuple[int, int]) -> np.ndarray:
        """Return the places (channel, y, x) of all pixels whose windows leave the image: (n, 3)."""
        above, below, left, right = self.missing
        outside = np.ones(self.before[0].shape, bool)
        outside[self.inside(reach)] = False
        outside[:above] = False
        outside[:, :left] = False
        outside[outside.shape[0] - below :] = outside[:, outside.shape[1] - right :] = False
        places = np.argwhere(outside)
        channels = np.repeat(np.arange(len(self.before)), len(places))
        return np.column_stack([channels, np.tile(places, (len(self.before), 1))])

    def sample(
        self, reach: tuple[int, int], most: int, *, saturated: bool = False, flat: bool = False
    ) -> np.ndarray:
        """Return the places (channel, y, x) of at most `most` pixels inside, chosen at random: (n, 3).

        Pixels of 0 and 255 may be saturated, and tell little about their response: they are left out; but for
        those whose windows have one value only, if `flat`. saturated: take all pixels.
        """
        rows, columns = self.inside(reach)
        part = self.after[:, rows, columns]
        step = max(1, part.size // (8 * most))  # of large images, some of the rows are enough
        candidates = np.flatnonzero(_kept(part[:, step // 2 :: step], saturated))
        if len(candidates) < most:  # unless they are few
            step, candidates = 1, np.flatnonzero(_kept(part, saturated))
        candidates = _some(candidates, most)
        if flat:
            even = self._flat(reach)[:, rows, columns][:, step // 2 :: step]
            others = np.flatnonzero(even & ~_kept(part[:, step // 2 :: step], saturated))
            candidates = np.concatenate([candidates, _some(others, max(most // 4, 1))])
        channel, y, x = np.unravel_index(candidates, part[:, step // 2 :: step].shape)
        return np.column_stack([channel, rows.start + step // 2 + y * step, columns.start + x])

    def _flat(self, reach: tuple[int, int]) -> np.ndarray:
        """Return the mask of pixels whose windows in `before` have one value only: (channels, H, W)."""
        window = np.ones((2 * reach[0] + 1, 2 * reach[1] + 1), np.uint8)
        return np.stack([cv2.erode(plane, window) == cv2.dilate(plane, window) for plane in self.before])

    def windows(self, places: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """Return the windows of `before` at some places inside: uint8, (n, kh * kw)."""
        if len(places) == 0:
            return np.zeros((0, shape[0] * shape[1]), np.uint8)
        views = np.lib.stride_tricks.sliding_window_view(self.before, shape, axis=(1, 2))
        channel, y, x = places.T
        windows: np.ndarray = views[channel, y - shape[0] // 2, x - shape[1] // 2]
        return windows.reshape(len(places), -1)

    def padded(self, shape: tuple[int, int], border: str) -> "Pair":
        """Return the pair with all windows inside, if the border is that one."""
        rows, columns = shape[0] // 2, shape[1] // 2
        sides = [
            np.stack([pad(plane, rows, columns, mode) for plane in planes])
            for planes, mode in ((self.before, border), (self.after, "zero"))
        ]
        return Pair(sides[0], sides[1], (rows, rows, columns, columns), self.gray)

    def residuals(self, result: np.ndarray) -> np.ndarray:
        """Return after - result, where `after` is not missing: int32, (channels, h, w)."""
        above, below, left, right = self.missing
        height, width = self.before.shape[1:]
        known = np.s_[:, above : height - below, left : width - right]
        residuals: np.ndarray = self.after[known].astype(np.int32) - result[known]
        return residuals

    def image(self, planes: np.ndarray) -> np.ndarray:
        """Return planes as an image of the shape that `before` had: (H, W), or (H, W, C)."""
        return planes[0] if self.gray else np.moveaxis(planes, 0, 2)


def _kept(after: np.ndarray, saturated: bool) -> np.ndarray:
    mask: np.ndarray = (after > 0) & (after < 255) | saturated
    return mask


def _some(candidates: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` of them, chosen at random."""
    if len(candidates) <= most:
        return candidates
    return candidates[np.unique(np.random.default_rng(0).integers(len(candidates), size=most))]


def make_pair(before: np.ndarray, after: np.ndarray) -> Pair | None:
    """Lay two images upon each other, middle upon middle; None where their sizes do not go together.

    before, after: uint8, (channels, H, W).
    """
    apart = [large - small for large, small in zip(before.shape[1:], after.shape[1:], strict=True)]
    if min(apart) < 0 or max(apart) > 2 * LARGEST_REACH:
        return None
    above, left = apart[0] // 2, apart[1] // 2
    missing = (above, apart[0] - above, left, apart[1] - left)
    padded = np.pad(after, [(0, 0), missing[:2], missing[2:]])
    return Pair(before, padded, missing, len(before) == 1)


def planes_of(before: npt.ArrayLike, after: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Validate two images, and return their planes: uint8, (channels, H, W).

    Raises ValueError where one is no image, or where their channels do not go together.
    """
    before, after = check_image(before), check_image(after)
    if before.shape[2:] != after.shape[2:]:
        raise ValueError(f"both images need the same channels, got shapes {before.shape} and {after.shape}")
    return _planes(before), _planes(after)


def _planes(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(image.reshape(*image.shape[:2], -1), 2, 0))
