"""The grammar of kernels as text. The page has the same one, function by function, in convolve.js.

    kernel  = [name "="] (size ":" numbers | product) [";"]
    product = rows {("*" | "/") rows}
    rows    = row {(";" | new line) row}
    row     = cell {[","] cell} [","]       with commas between all cells, or between none
    cell    = number | ["-"] ["np.array" | "np.ones"] "(" rows ")", also with [] and {}

Within brackets a cell may be a product of cells. A new line is a blank within ( ), and within two pairs of
others. Rows of one weight count as a number in a product.
"""

import re
from fractions import Fraction
from math import inf, lcm
from typing import NoReturn

import numpy as np

from filtering.exact import check_kernel, quoted

LARGEST_SIDE = 255  # of a kernel given as text: beyond, it is a slip, and would run for hours
DEEPEST, MOST_FACTORS, LONGEST_NUMBER = 16, 8, 1000  # depth of brackets; in a product; characters
MOST_ADVISED, FINEST_ADVISED = 100, 10**18  # weights and divisor of a kernel in an error message
ZERO = [Fraction(0)]
SIGNS = {"", *";\n[](){},=:*/"}
CLOSING = {"[": "]", "(": ")", "{": "}"}
DEPTHS = {"[": 1, "{": 1, "(": 2, "]": -1, "}": -1, ")": -2}  # in two or more, a new line is a blank
DIVIDES = " \t\v\f\n;,)]}"  # signs before a slash that divides a kernel, not a weight
FOREIGN = re.compile("[\x1c-\x1f\x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]")
NAME = r"[A-Za-z_\x80-\U0010ffff][\w.\x80-\U0010ffff]*"
START = re.compile(rf"[;\s]*(?:{NAME}(?:[ \t]+{NAME})*[ \t]*(?:\[[0-9]*\][ \t]*)*=[;\s]*)?", re.ASCII)
WORD = r"[^][(){},;=:*/\s]+"  # a slash right between two words makes a fraction of them
TOKEN = re.compile(rf"([;\n][;\s]*|[][(){{}},=:*/]|{WORD}(?:/{WORD})*)[ \t\v\f]*", re.ASCII)
CALL = re.compile(r"(-?)((?:np\.|numpy\.)?(?:array|asarray|ones))?")
DECIMAL = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
FRACTION = re.compile(rf"([-+]?{DECIMAL})(?:/({DECIMAL}))?")
LAST_DIVIDED = re.compile(r"[^][(){}*/:]*[,;\s][-+.0-9eE]+/[-+.0-9eE]+[,;\s]*", re.ASCII)

Rows = list[list[Fraction]]
Cell = tuple[Rows, bool]  # and whether it is a number, as rows of one weight


class Tokens:
    """The tokens of a text, from left to right: `token` is the next one, '' at the end; `taken` the last."""

    def __init__(self, text: str) -> None:
        self.text = re.sub("#[^\n]*", "", re.sub("\r\n?", "\n", text)).replace("−", "-")
        if foreign := FOREIGN.search(self.text):
            raise ValueError(f"a kernel needs spaces, tabs or new lines as blanks, got {quoted(foreign[0])}")
        start = START.match(self.text)
        self.token, self.at, self.end, self.depth = "", 0, start.end() if start else 0, 0
        self.take()

    def take(self) -> str:
        """Return the token, and step to the next one."""
        self.taken = self.token
        self.depth += DEPTHS.get(self.taken, 0)
        while True:
            match = TOKEN.match(self.text, self.end)
            self.at, self.token = self.end, match[1] if match else ""
            self.end += len(match[0]) if match else 0
            self.is_word = self.token[:1] not in SIGNS
            if self.depth < 2 or not self.token.isspace():
                return self.taken

    def ends_row(self) -> bool:
        """Tell if `;` or a new line is next."""
        return self.token[:1] in (";", "\n")

    def multiplies(self) -> bool:
        """Tell if `*` or `/` is next."""
        return self.token in ("*", "/")

    def refuse(self, rule: str, at: int | None = None) -> NoReturn:
        """Raise ValueError with the rule, and the text from `at` or else the token on."""
        raise ValueError(f"{rule}, got {quoted(self.text[self.at if at is None else at :].strip())}")


def parse_kernel(text: str) -> np.ndarray:
    """Read a kernel from text, the way one writes it down.

    Weights are whole numbers, decimals or fractions such as 1/9, with spaces or commas between them, and `;`
    or a new line between rows. A last ` / 16` divides them all. `#` begins a comment. Lists of Python, NumPy,
    MATLAB, C and ImageMagick are read too, with a factor in front or behind: `1/4 * np.array([[1, 2, 1]])`.
    Raises ValueError with the rule and the text received. No side is longer than LARGEST_SIDE.

    >>> parse_kernel("1 2 1; 2 4 2; 1 2 1 / 16")[1].tolist()
    [0.125, 0.25, 0.125]
    """
    tokens = Tokens(text)
    rows = _read_product(tokens, _read_sized(tokens) if ":" in tokens.text else _read_rows(tokens))
    if tokens.ends_row():
        tokens.take()
    if tokens.token:
        tokens.refuse("a kernel needs nothing behind it but a factor such as * 2 or a divisor such as / 16")
    if not rows:
        raise ValueError(f"a kernel needs at least one weight, got {quoted(text)}")
    if len({len(row) for row in rows}) > 1:
        lengths = ", ".join(str(len(row)) for row in rows[:9]) + ", ..." * (len(rows) > 9)
        raise ValueError(f"a kernel needs rows of equal length, got rows of {lengths} weights")
    if len(rows) % 2 == 0 or len(rows[0]) % 2 == 0:
        raise ValueError(f"a kernel needs odd sides, got {len(rows)} x {len(rows[0])}; {_advice(text, rows)}")
    try:
        return check_kernel([[float(weight) for weight in row] for row in rows])
    except OverflowError:
        raise ValueError("a kernel needs weights below 1.8e308, got larger ones") from None


def _advice(text: str, rows: Rows) -> str:
    """Return what to write instead of a kernel with an even side."""
    if comma := re.fullmatch(r"\s*([-+]?[0-9]+),([0-9]+)\s*", text, re.ASCII):
        return f"for a decimal comma write {comma[1]}.{comma[2]}"
    below, right = len(rows) % 2 == 0, len(rows[0]) % 2 == 0
    zeros = ["a row of zeros below"] * below + ["a column of zeros to the right"] * right
    advice = f"filter2D's default anchor is the same as {' and '.join(zeros)}"
    if _count(rows) > MOST_ADVISED:
        return advice
    divisor = lcm(*(weight.denominator for row in rows for weight in row))
    if divisor > FINEST_ADVISED:
        return advice
    padded = [[*row, *ZERO * right] for row in rows] + [ZERO * (len(rows[0]) + right)] * below
    square = "; ".join(" ".join(str(weight * divisor) for weight in row) for row in padded)
    return f"{advice}: {square}" + f" / {divisor}" * (divisor > 1)


def division_hint(text: str) -> str:
    """Return a hint if only the last weight is divided, as in `1 2 1/16`; else ''."""
    tokens = Tokens(text)
    last = LAST_DIVIDED.fullmatch(tokens.text, tokens.at)
    return "only the last weight is divided; a blank before the slash divides them all" if last else ""


def _read_product(tokens: Tokens, rows: Rows) -> Rows:
    """Read what rows are multiplied with and divided by; one of them may have several weights."""
    factors = 1
    while tokens.multiplies():
        at, is_list = tokens.at, tokens.taken == "]"
        if tokens.token == "/":
            other = [[1 / _read_divisor(tokens, rows)]]
            is_list = False
        else:
            tokens.take()
            other = _read_cell(tokens)[0] if tokens.depth else _read_rows(tokens)
        factors += 1
        numbers, rows = sorted((rows, other), key=_count)
        if _count(numbers) != 1 or (tokens.depth and _count(rows) != 1) or factors > MOST_FACTORS:
            tokens.refuse(f"a product needs at most {MOST_FACTORS} factors, numbers but for one", at)
        if is_list and _repeats(other) and (tokens.depth or "," in tokens.text[:at]):
            tokens.refuse(
                "a list needs its factor in front, 3 * [1, 2, 1]: behind it, Python repeats the list", at
            )
        rows = [[weight * numbers[0][0] for weight in row] for row in rows]
    return rows


def _repeats(factor: Rows) -> bool:
    """Tell if a factor behind a list of Python makes it longer: a whole number from 2 up."""
    return _count(factor) == 1 and factor[0][0].denominator == 1 and factor[0][0] > 1


def _count(rows: Rows) -> int:
    return sum(map(len, rows))


def _read_divisor(tokens: Tokens, rows: Rows) -> Fraction:
    """Read a slash and a positive number."""
    if tokens.depth == 0 and _count(rows) > 1 and tokens.text[tokens.at - 1] not in DIVIDES:
        tokens.refuse("a slash needs a blank before it to divide a kernel, and none around it in a weight")
    tokens.take()
    at, plain = tokens.at, tokens.token == "(" or re.fullmatch(rf"\+?{DECIMAL}", tokens.token)
    divisor = _read_cell(tokens)[0] if plain else []
    if _count(divisor) != 1 or divisor[0][0] <= 0 or tokens.token == "/":
        tokens.refuse(
            "a divisor needs to be a positive number such as 16 (a factor, -3 * [1 2 1], may be any)", at
        )
    return divisor[0][0]


def _read_rows(tokens: Tokens) -> Rows:
    """Read rows of numbers, or of brackets with rows in them."""
    table: list[list[Cell]] = []
    ends: list[str] = []
    while True:
        if row := _read_row(tokens):
            table.append(row)
            ends.append(tokens.token)
        _check_sides(len(table), len(row))
        if not tokens.ends_row():
            break
        tokens.take()
    cells = [cell for row in table for cell in row]
    if len({is_number for _, is_number in cells}) > 1:
        raise ValueError("a row needs numbers or brackets, got both")
    if cells and not cells[0][1]:
        rows = [row for block, _ in cells for row in block]
        if 1 < len(cells) < len(rows):
            raise ValueError("a kernel needs two dimensions, got brackets of several rows side by side")
        return rows
    if len(cells) == len(table) and len({"\n" in end for end in ends[:-1]}) == 2:
        raise ValueError(
            "the weights of a row need spaces or commas between them, got only ';' and new lines"
        )
    return [[number[0][0] for number, _ in row] for row in table]


def _read_row(tokens: Tokens) -> list[Cell]:
    """Read the cells of a row; a word behind brackets, such as a dtype, ends it."""
    row: list[Cell] = []
    commas = 0
    while len(row) <= LARGEST_SIDE and (
        tokens.token in CLOSING or (tokens.is_word and (not row or row[-1][1]))
    ):
        if 0 < commas < len(row):
            tokens.refuse("a row needs commas between all weights or none (decimals are written 1.5)")
        cell = _read_cell(tokens)
        if tokens.depth and tokens.multiplies():
            if row and not commas:
                tokens.refuse(
                    "a row without commas needs weights such as 1/9, or a divisor behind its brackets"
                )
            cell = _read_product(tokens, cell[0]), True
        row.append(cell)
        if tokens.token == ",":
            tokens.take()
            commas += 1
    return row


def _read_cell(tokens: Tokens) -> Cell:
    """Read a number or brackets. One number in round brackets is a number."""
    at, word = tokens.at, tokens.take() if tokens.is_word else ""
    if tokens.token not in CLOSING:
        return [[_read_number(word)]], True
    call = CALL.fullmatch(word)
    if call is None:
        tokens.refuse("brackets need np.array, np.ones, a factor such as 2 * or nothing before them", at)
    if tokens.depth >= DEEPEST:
        raise ValueError(f"a kernel needs fewer brackets around its weights, got {quoted(tokens.text)}")
    sign, name = call.groups("")
    closing = CLOSING[tokens.take()]
    rows, taken = _read_rows(tokens), tokens.taken
    while name and taken == "," and (tokens.is_word or tokens.token in ("=", ",")):
        tokens.take()  # dtype=float
    if tokens.token != closing:
        tokens.refuse(f"brackets need to be in pairs, with {closing} here")
    tokens.take()
    is_number = closing == ")" and not name and _count(rows) == 1 and taken not in (",", "]", "}")
    rows = _ones(rows) if name.endswith("ones") else rows
    return ([[-weight for weight in row] for row in rows] if sign else rows), is_number


def _check_sides(rows: int, columns: int) -> None:
    if max(rows, columns) > LARGEST_SIDE:
        raise ValueError(f"a kernel needs sides of at most {LARGEST_SIDE}, got more")


def _ones(shape: Rows) -> Rows:
    if len(shape) != 1 or len(shape[0]) != 2 or not {*shape[0]} <= {*range(1, LARGEST_SIDE + 1)}:
        raise ValueError(f"np.ones needs two sides up to {LARGEST_SIDE} such as (5, 5), got others")
    return [[Fraction(1)] * int(shape[0][1])] * int(shape[0][0])


def _read_sized(tokens: Tokens) -> Rows:
    """Read ImageMagick's `3x3: 1,2,1 2,4,2 1,2,1`: the width, the height, and weights row by row."""
    at, size = tokens.at, re.fullmatch("([0-9]{1,4})x([0-9]{1,4})", tokens.token)
    tokens.take()
    if size is None or tokens.take() != ":":
        tokens.refuse("a colon needs a width and a height before it, such as 3x3:, and no offset", at)
    width, height = int(size[1]), int(size[2])
    _check_sides(height, width)
    weights: list[Fraction] = []
    while len(weights) <= width * height and (
        tokens.token == "," or tokens.token.isspace() or tokens.is_word
    ):
        if tokens.is_word:
            weights.append(_read_number(tokens.token))
        tokens.take()
    if len(weights) != width * height:
        got = "more" if len(weights) > width * height else len(weights)
        raise ValueError(f"a kernel of {width}x{height} needs {width * height} weights, got {got}")
    return [weights[start : start + width] for start in range(0, len(weights), width or 1)]


def _read_number(word: str) -> Fraction:
    """Read a whole number, a decimal or a fraction; raise ValueError for anything else, nan and inf too."""
    found = FRACTION.fullmatch(word) if len(word) <= LONGEST_NUMBER else None
    if found is None and not re.fullmatch(r"[-+]?(nan|inf|infinity)", word, re.IGNORECASE):
        raise ValueError(f"a weight needs to be a number such as 5, -0.5 or 1/9, got {quoted(word)}")
    # float first: as a fraction, 1e999999999 would take all the memory there is.
    parts = found.groups("1") if found else (word,)
    if inf in [abs(float(part)) for part in parts] or found is None:
        raise ValueError(f"a weight needs to be finite, got {quoted(word)}")
    above, below = (Fraction(part) if float(part) else Fraction(0) for part in parts)
    if below == 0:
        raise ValueError(f"a fraction needs a divisor other than zero, got {quoted(word)}")
    return above / below
