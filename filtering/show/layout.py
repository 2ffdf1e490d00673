"""The layout: where panels and arithmetic stand on a canvas."""

from dataclasses import dataclass

from filtering.show.canvas import GAP, Box, Point, fit

CANVAS = (1280, 690)  # fits a screen of 1366 x 768 with the desktop's own bars
THINNEST = (94, 24)  # smallest width and height of a panel: it has a label, however thin the image
SMALL_DETAIL = 0.5  # below this scale there is a panel with a detail at 100 %
LABEL = 23  # height of the label above a panel
FOOT = 26  # height of the line about the keys
ARITHMETIC = 262  # least height of the arithmetic
BESIDE = 620  # its least width where it stands beside the panels, as it does for tall gray images

Area = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True)
class Layout:
    """Places on the canvas of one kernel, in screen pixels."""

    size: tuple[int, int]  # width and height of the canvas
    panel: tuple[int, int]  # width and height of each panel but the detail
    detail: int  # width of that one, which fills its row
    names: tuple[str, ...]  # of the panels
    corners: tuple[Point, ...]  # left and top of each panel
    arithmetic: Area
    regions: tuple[Area, ...]  # the part of the image that each panel shows, in its pixels

    def panel_size(self, number: int) -> tuple[int, int]:
        """Return width and height of a panel."""
        return (self.detail if self.names[number] == "detail" else self.panel[0]), self.panel[1]

    def pixel_at(self, x: int, y: int) -> Point | None:
        """Return the image's pixel (x, y) that is drawn at x, y of the canvas; None outside the panels."""
        for number, ((left, top), region) in enumerate(zip(self.corners, self.regions, strict=True)):
            across, down, (width, height) = x - left, y - top, self.panel_size(number)
            if 0 <= across < width and 0 <= down < height:
                return region[0] + across * region[2] // width, region[1] + down * region[3] // height
        return None

    def box(self, number: int, place: Point, reach: tuple[int, int] = (0, 0)) -> Box | None:
        """Return the box of a pixel, or of a window around it, in a panel.

        place: x, y. reach: columns on either side, rows above and below; cut off at the edges of the panel.
        Returns None where the panel does not show it.
        """
        box, region = [], self.regions[number]
        for axis, corner in enumerate(self.corners[number]):
            start, length, panel = region[axis], region[2 + axis], self.panel_size(number)[axis]
            first = max(0, place[axis] - reach[axis] - start)
            last = min(length - 1, place[axis] + reach[axis] - start)
            if first > last:
                return None
            low = corner + min(panel - 1, -(-first * panel // length))
            box.append((low, max(low, corner + -(-(last + 1) * panel // length) - 1)))
        (left, right), (top, bottom) = box
        return left, top, right, bottom


def lay_out(
    shape: tuple[int, ...], *, differing: bool = False, spot: Point = (0, 0), in_file: bool = False
) -> Layout:
    """Place the panels of an image of that shape on a canvas, as large as possible.

    differing: add a panel of differences. spot: (x, y), the centre of a detail at 100 %, which an image has
    that is shrunk to less than half. in_file: the head has room for the kernel, and the canvas ends below the
    panels; else the arithmetic stands there, or beside them. Panels stand in a row, a block or a column.
    """
    head = 122 if in_file else 86
    width, height = CANVAS[0] - 2 * GAP, CANVAS[1] - head - GAP
    room = (width, height if in_file else height - FOOT - ARITHMETIC - GAP)
    left_room = (width - BESIDE - 2 * GAP, height - FOOT)
    names = ["original", "convolve", "filter2D"] + ["difference"] * differing
    above, aside = (_arrange(shape, each, len(names))[0] for each in (room, left_room))
    beside = not in_file and len(shape) == 2 and aside > above and aside[0] >= SMALL_DETAIL * shape[1]
    room = left_room if beside else room
    panel, columns = _arrange(shape, room, len(names))
    shrunk = panel[0] < shape[1]
    if panel[0] < SMALL_DETAIL * shape[1]:
        names.append("detail")
        panel, columns = _arrange(shape, room, len(names))
    if len(names) == 3 and columns == 2:  # a free place in the block
        names.append("detail" if shrunk else "difference")
    rows = -(-len(names) // columns)
    corners = [
        (GAP + n % columns * (panel[0] + GAP), head + LABEL + n // columns * (panel[1] + LABEL + GAP))
        for n in range(len(names))
    ]
    detail = max(panel[0], min(shape[1], GAP + room[0] - corners[-1][0]))
    below = head + rows * (panel[1] + LABEL + GAP)
    whole = (0, 0, shape[1], shape[0])
    regions = [_detail(shape, (detail, panel[1]), spot) if name == "detail" else whole for name in names]
    arithmetic = (GAP, below, width, CANVAS[1] - FOOT - below)
    if beside:
        arithmetic = (CANVAS[0] - GAP - BESIDE, head, BESIDE, CANVAS[1] - FOOT - head)
    size = (CANVAS[0], below) if in_file else CANVAS
    return Layout(size, panel, detail, tuple(names), tuple(corners), arithmetic, tuple(regions))


def _arrange(shape: tuple[int, ...], room: tuple[int, int], panels: int) -> tuple[tuple[int, int], int]:
    """Return width and height of the largest possible panels, and in how many columns they stand."""
    ways = []
    for columns in range(panels, 0, -1):
        rows = -(-panels // columns)
        free = (room[0] - (columns - 1) * GAP) // columns, (room[1] - rows * (LABEL + GAP)) // rows
        most = max(THINNEST[0], free[0]), max(THINNEST[1], free[1])
        width, height = (max(sides) for sides in zip(THINNEST, fit(shape, most), strict=True))
        ways.append(((width, height), columns))
    return max(ways, key=lambda way: way[0][0] * way[0][1])


def _detail(shape: tuple[int, ...], panel: tuple[int, int], spot: Point) -> Area:
    """Return the part of the image that fits the panel at 100 %, around the spot."""
    width, height = min(panel[0], shape[1]), min(panel[1], shape[0])
    left = min(max(0, spot[0] - width // 2), shape[1] - width)
    return left, min(max(0, spot[1] - height // 2), shape[0] - height), width, height
