"""The layout: where panels and arithmetic stand on a canvas, and which part of the image the panels show."""

from dataclasses import dataclass, replace

from filtering.show.canvas import GAP, fit

WINDOW_SIZE = (1280, 690)  # fits a laptop's 1366 x 768 with the desktop's own bars
SMALLEST = (400, 300)  # of a canvas; smaller windows show it shrunk
THINNEST = 24  # smallest width and height of a panel, however long and thin the image
SMALL_DETAIL = 0.5  # below this scale there is a panel with a detail at 100 %
LARGEST_PIXEL = 64  # screen pixels for a pixel of the image, at the closest zoom

Box = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True)
class Layout:
    """Places on the canvas of one kernel, in screen pixels."""

    shape: tuple[int, ...]  # of the image
    size: tuple[int, int]  # width and height of the canvas
    zoom: float  # of text and its distances; 1 on a canvas of WINDOW_SIZE
    panel: tuple[int, int]  # width and height of each panel
    names: tuple[str, ...]  # of the panels
    corners: tuple[tuple[int, int], ...]  # left and top of each panel
    arithmetic: Box
    region: Box  # the part of the image that the panels show, in its pixels
    detail: Box  # the part that the panel "detail" shows

    @property
    def whole(self) -> bool:
        """Whether the panels show the whole image."""
        return self.region[2:] == (self.shape[1], self.shape[0])

    def region_of(self, number: int) -> Box:
        """Return the part of the image that a panel shows."""
        return self.detail if self.names[number] == "detail" else self.region

    def panel_at(self, x: int, y: int) -> int | None:
        """Return the number of the panel at x, y of the canvas; None outside."""
        for number, (left, top) in enumerate(self.corners):
            if 0 <= x - left < self.panel[0] and 0 <= y - top < self.panel[1]:
                return number
        return None

    def pixel_at(self, x: int, y: int) -> tuple[int, int] | None:
        """Return the image's pixel (x, y) that is drawn at x, y of the canvas; None outside the panels."""
        number = self.panel_at(x, y)
        if number is None:
            return None
        (left, top), region = self.corners[number], self.region_of(number)
        across = region[0] + (x - left) * region[2] // self.panel[0]
        return across, region[1] + (y - top) * region[3] // self.panel[1]

    def box(self, number: int, place: tuple[int, int], reach: tuple[int, int] = (0, 0)) -> Box | None:
        """Return left, top, right and bottom of a pixel, or of a window around it, in a panel.

        place: x, y. reach: columns on either side, rows above and below; cut off at the edges of the panel.
        Returns None where the panel does not show it.
        """
        box, region = [], self.region_of(number)
        for axis, corner in enumerate(self.corners[number]):
            start, length, panel = region[axis], region[2 + axis], self.panel[axis]
            first = max(0, place[axis] - reach[axis] - start)
            last = min(length - 1, place[axis] + reach[axis] - start)
            if first > last:
                return None
            low = corner + min(panel - 1, -(-first * panel // length))
            box.append((low, max(low, corner + -(-(last + 1) * panel // length) - 1)))
        (left, right), (top, bottom) = box
        return left, top, right, bottom

    def zoomed(self, factor: float, place: tuple[int, int]) -> "Layout":
        """Return the layout that shows the image larger by that factor; `place` (x, y) stays where it is."""
        left, top, width, height = self.region
        across = max(1.0, width / factor, min(width, self.panel[0] / LARGEST_PIXEL))
        if across >= self.shape[1]:
            return replace(self, region=(0, 0, self.shape[1], self.shape[0]))
        size = max(1, round(across)), max(1, round(across * self.shape[0] / self.shape[1]))
        x, y = place[0] + 0.5, place[1] + 0.5
        first = round(x - (x - left) * size[0] / width), round(y - (y - top) * size[1] / height)
        return self._showing(*first, *size)

    def panned(self, across: int, down: int) -> "Layout":
        """Return the layout that shows a part of the image that many pixels further."""
        left, top, width, height = self.region
        return self._showing(left + across, top + down, width, height)

    def _showing(self, left: int, top: int, width: int, height: int) -> "Layout":
        left = min(max(0, left), self.shape[1] - width)
        return replace(self, region=(left, min(max(0, top), self.shape[0] - height), width, height))


def text_zoom(size: tuple[int, int]) -> float:
    """Return the scale of text on a canvas of that width and height."""
    area = size[0] * size[1] / (WINDOW_SIZE[0] * WINDOW_SIZE[1])
    return float(min(max(area**0.5, 0.8), 1.6))


def lay_out(
    shape: tuple[int, ...],
    size: tuple[int, int] = WINDOW_SIZE,
    *,
    differing: bool = False,
    spot: tuple[int, int] | None = None,
    arithmetic: bool = True,
) -> Layout:
    """Place the panels of an image of that shape on a canvas, as large as possible, and the arithmetic.

    size: width and height of the canvas; without arithmetic its largest height. differing: add a panel of
    differences. spot: (x, y), add a panel with a detail at 100 % around it if the image is shrunk to less
    than half. Panels stand in a row, a block or a column, with the arithmetic below or beside.
    """
    names = ["original", "convolve", "filter2D"] + ["difference"] * differing
    panel, columns, beside = _arrange(shape, size, len(names), arithmetic)
    shrunk = spot is not None and panel[0] < shape[1]
    if shrunk and panel[0] < SMALL_DETAIL * shape[1]:
        names.append("detail")
        panel, columns, beside = _arrange(shape, size, len(names), arithmetic)
    if len(names) == 3 and columns == 2:  # a free place in the block
        names.append("detail" if shrunk else "difference")
    zoom = text_zoom(size)
    head, foot, label = _bars(size, arithmetic)
    rows = -(-len(names) // columns)
    corners = tuple(
        (GAP + n % columns * (panel[0] + GAP), head + label + n // columns * (panel[1] + label + GAP))
        for n in range(len(names))
    )
    right, below = columns * (panel[0] + GAP) + GAP, head + rows * (panel[1] + label + GAP)
    box = (GAP, below, size[0] - 2 * GAP, size[1] - foot - below)
    if beside:
        box = (right + GAP, head, size[0] - right - 2 * GAP, size[1] - head - foot)
    size = size if arithmetic else (size[0], below)
    whole = (0, 0, shape[1], shape[0])
    return Layout(
        shape, size, zoom, panel, tuple(names), corners, box, whole, _detail(shape, panel, spot or (0, 0))
    )


def _bars(size: tuple[int, int], arithmetic: bool) -> tuple[int, int, int]:
    """Return the heights of the head, the foot and the label of a panel."""
    zoom = text_zoom(size)
    return round((86 if arithmetic else 122) * zoom), round(26 * zoom) * arithmetic, round(23 * zoom)


def _arrange(
    shape: tuple[int, ...], size: tuple[int, int], panels: int, arithmetic: bool
) -> tuple[tuple[int, int], int, bool]:
    """Return the largest possible panel, in how many columns, and if the arithmetic stands beside."""
    head, foot, label = _bars(size, arithmetic)
    width, height = size[0] - 2 * GAP, size[1] - head - foot - GAP
    rooms = [(width, height)]
    if arithmetic:
        zoom = text_zoom(size)
        least = 235 if size[0] > 800 * zoom else 290
        below, beside = min(round(least * zoom), height // 2), min(round(430 * zoom), width // 2)
        rooms = [(width, height - below - GAP), (width - beside - 2 * GAP, height)]
    ways = [
        (_panel(shape, room, label, panels, columns), columns, number == 1)
        for number, room in enumerate(rooms)
        for columns in range(panels, 0, -1)
    ]
    return max(ways, key=lambda way: way[0][0] * way[0][1])


def _panel(
    shape: tuple[int, ...], room: tuple[int, int], label: int, panels: int, columns: int
) -> tuple[int, int]:
    """Return width and height of each panel if they stand in that many columns in that room."""
    rows = -(-panels // columns)
    width = max(THINNEST, (room[0] - (columns - 1) * GAP) // columns)
    height = max(THINNEST, (room[1] - rows * (label + GAP)) // rows)
    fitting = fit(shape, (width, height))
    return max(THINNEST, fitting[0]), max(THINNEST, fitting[1])


def _detail(shape: tuple[int, ...], panel: tuple[int, int], spot: tuple[int, int]) -> Box:
    """Return the part of the image that fits the panel at 100 %, around the spot."""
    width, height = min(panel[0], shape[1]), min(panel[1], shape[0])
    left = min(max(0, spot[0] - width // 2), shape[1] - width)
    return left, min(max(0, spot[1] - height // 2), shape[0] - height), width, height
