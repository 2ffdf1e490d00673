"""The keys of the viewer: their codes and meanings."""

# As waitKeyEx reports them on X11, Windows and macOS.
LEFT, UP = (65361, 0x250000, 63234), (65362, 0x260000, 63232)
RIGHT, DOWN = (65363, 0x270000, 63235), (65364, 0x280000, 63233)
STEPS = dict.fromkeys(LEFT, (-1, 0)) | dict.fromkeys(RIGHT, (1, 0))
STEPS |= dict.fromkeys(UP, (0, -1)) | dict.fromkeys(DOWN, (0, 1))
ESCAPE = 27
KEYPAD = {0xFFAB: "+", 0xFFAD: "-", 0xFFB0: "0"}  # on X11
# Shift, Ctrl, Alt, the locks and AltGr are reported too.
MODIFIER_KEYS = {*range(0xFFE1, 0xFFEF), 0xFF7F, 0xFE03}

HINT = "space next    p back    click pin    wheel + - zoom    m the loop    s save    h keys    q end"
SHEET_HINT = "up, down, wheel: scroll    s save    p back    space: end"
LOOP_HINT = "space pause, go on    right: a pixel    down: a row    e: to the end    q end"
HELP = [
    ("space, n, right", "the next kernel; after the last, the sheet; after that, the end"),
    ("p, left", "the previous kernel, not computed again"),
    ("mouse over a panel", "the arithmetic of that pixel"),
    ("click", "pin the pixel; beside the panels, unpin"),
    ("wheel, + and -", "zoom all panels around the mouse; 0 shows all"),
    ("drag", "move the part that is shown"),
    ("arrows", "move the pin; without one, the part that is shown"),
    ("m", "run the plain loop on this kernel"),
    ("s", "save the result, the panels and the screen"),
    ("h", "show and hide the keys"),
    ("q, Esc", "end"),
    ("", ""),
    ("while the loop runs", ""),
    ("space", "pause, go on"),
    ("right, down", "one pixel, one row"),
    ("e", "skip to the end: the rest by convolve_fast"),
]


def decode(key: int) -> int:
    """Return the code of a key from waitKeyEx: small letters, `q` for Esc, -1 for none and for modifiers."""
    if key == -1 or key & 0xFFFF in MODIFIER_KEYS:
        return -1
    for code in (key, key & 0xFFFF):  # some systems add the state of Shift and the locks
        if code in STEPS:
            return code
    key &= 0xFFFF
    if key in KEYPAD:
        return ord(KEYPAD[key])
    if ord("A") <= key <= ord("Z"):  # the caps lock is on
        key += ord("a") - ord("A")
    return ord("q") if key == ESCAPE else key
