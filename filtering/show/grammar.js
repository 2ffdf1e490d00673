"use strict";
// Kernels as exact numbers: the grammar and the numbers of grammar.py and exact.py in JavaScript.

// ---- Exact numbers: fractions {n, d} of whole numbers without a limit, in lowest terms, d > 0

const NINE = 10n ** 9n, MILLION = 10n ** 6n;
const abs = (n) => (n < 0n ? -n : n);
const mod = (n, d) => ((n % d) + d) % d;
const gcd = (a, b) => (b ? gcd(b, a % b) : abs(a));
const lcm = (a, b) => (a / gcd(a, b)) * b;

function fraction(n, d = 1n) {
  const common = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / common, d: d / common };
}

// Return the whole number nearest to n / d, of two the even one.
function rounded(n, d) {
  const floor = (n - mod(n, d)) / d, twice = 2n * mod(n, d);
  return twice > d || (twice === d && floor % 2n) ? floor + 1n : floor;
}

function numberText({ n, d }) {
  const nine = rounded(n * NINE, d), decimals = String(abs(nine) % NINE).padStart(9, "0").replace(/0+$/, "");
  const size = `${abs(nine) / NINE}${decimals && "." + decimals}`;
  return `${nine < 0n ? "-" : ""}${size}${nine * d === n * NINE ? "" : "..."}`;
}

// Return the float nearest to n / d: 64 bits of the quotient, the last is 1 where anything is left over.
// Floats below 2**-1022 are whole numbers of 2**-1074.
function toFloat({ n, d }) {
  const [above, below] = [abs(n), d].map((number) => number.toString(2).length);
  const bits = Math.max(0, below - above + 66), scaled = abs(n) << BigInt(bits);
  const quotient = Number((scaled / d) | (scaled % d ? 1n : 0n));
  const size = quotient / 2 ** Math.min(bits, 999) / 2 ** Math.max(0, bits - 999);
  return (n < 0n ? -1 : 1) * (size < 2 ** -1021 ? Number(rounded(abs(n) << 1074n, d)) * 2 ** -1074 : size);
}

function ofFloat(value) {
  let d = 1n;
  for (; !Number.isInteger(value); value *= 2) d *= 2n;
  return fraction(BigInt(value), d);
}

// Write a float as Python does: 3.0, 0.0001, 1e-05.
function floatText(value) {
  const [digits, power] = value.toExponential().split("e");
  const far = value && (power < -4 || power >= 16), sign = power < 0 ? "-" : "+";
  if (far) return `${digits}e${sign}${power.slice(1).padStart(2, "0")}`;
  return `${value}${Number.isInteger(value) ? ".0" : ""}`;
}

// ---- Kernels from text, as --kernel reads them: the grammar of grammar.py, function by function

const LARGEST_SIDE = 255, DEEPEST = 16, MOST_FACTORS = 8, LONGEST_NUMBER = 1000;
const MOST_ADVISED = 100, FINEST_ADVISED = 10n ** 18n, ZERO = fraction(0n);
const CLOSING = { __proto__: null, "[": "]", "(": ")", "{": "}" }, SIGNS = ";\n[](){},=:*/";
const DEPTHS = { __proto__: null, "[": 1, "{": 1, "(": 2, "]": -1, "}": -1, ")": -2 };
// eslint-disable-next-line no-control-regex -- these are what it looks for
const FOREIGN = /[\x1c-\x1f\x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]/;
const NAME = String.raw`[A-Za-z_\x80-\uffff][\w.\x80-\uffff]*`, WORD = String.raw`[^\][(){},;=:*/\s]+`;
const START = RegExp(String.raw`^[;\s]*(?:${NAME}(?:[ \t]+${NAME})*[ \t]*(?:\[[0-9]*\][ \t]*)*=[;\s]*)?`);
const TOKEN = RegExp(String.raw`([;\n][;\s]*|[\][(){},=:*/]|${WORD}(?:/${WORD})*)[ \t\v\f]*`, "y");
const CALL = /^(-?)((?:np\.|numpy\.)?(?:array|asarray|ones))?$/, DIVIDES = " \t\v\f\n;,)]}"; // before a slash
const DECIMAL = String.raw`(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?`;
const FRACTION = RegExp(`^([-+]?${DECIMAL})(?:/(${DECIMAL}))?$`);
const DIVISOR = RegExp(String.raw`^\+?${DECIMAL}$`);
const LAST_DIVIDED = /^[^\][(){}*/:]*[,;\s][-+.0-9eE]+\/[-+.0-9eE]+[,;\s]*$/;
const REPEATED = "a list needs its factor in front, 3 * [1, 2, 1]: behind it, Python repeats the list";
const NO_DIVISOR = "a divisor needs to be a positive number such as 16 (a factor, -3 * [1 2 1], may be any)";
const quoted = (text) => `'${text.length > 40 ? text.slice(0, 37) + "..." : text}'`;
const fail = (rule) => { throw Error(rule); };
const count = (rows) => rows.flat().length;

class Tokens {
  constructor(text) {
    this.text = text.replace(/\r\n?/g, "\n").replace(/#[^\n]*/g, "").replaceAll("−", "-");
    const foreign = this.text.match(FOREIGN);
    if (foreign) fail(`a kernel needs spaces, tabs or new lines as blanks, got ${quoted(foreign[0])}`);
    Object.assign(this, { token: "", depth: 0, end: this.text.match(START)[0].length }).take();
  }
  take() {
    this.taken = this.token;
    this.depth += DEPTHS[this.taken] ?? 0;
    do {
      TOKEN.lastIndex = this.at = this.end;
      const [all, token] = TOKEN.exec(this.text) ?? ["", ""];
      const isWord = token !== "" && !SIGNS.includes(token[0]);
      Object.assign(this, { token, isWord, end: this.at + all.length });
    } while (this.depth > 1 && this.token && !this.token.trim()); // there a new line is a blank
    return this.taken;
  }
  endsRow() { return /^[;\n]/.test(this.token); }
  multiplies() { return this.token === "*" || this.token === "/"; }
  refuse(rule, at = this.at) { fail(`${rule}, got ${quoted(this.text.slice(at).trim())}`); }
}

// flip: turn the kernel by 180 degrees. most: the largest number of weights.
function parseKernel(text, flip = false, most = Infinity) {
  const tokens = new Tokens(text), hinted = LAST_DIVIDED.test(tokens.text.slice(tokens.at));
  const rows = readProduct(tokens, tokens.text.includes(":") ? readSized(tokens) : readRows(tokens));
  if (tokens.endsRow()) tokens.take();
  if (tokens.token)
    tokens.refuse("a kernel needs nothing behind it but a factor such as * 2 or a divisor such as / 16");
  if (!rows.length) fail(`a kernel needs at least one weight, got ${quoted(text)}`);
  const height = rows.length, width = rows[0].length, cells = flip ? rows.flat().reverse() : rows.flat();
  if (rows.some((row) => row.length !== width)) fail("a kernel needs rows of equal length");
  if (!(height % 2 && width % 2))
    fail(`a kernel needs odd sides, got ${height} x ${width}; ${advice(text, rows)}`);
  if (cells.length > most) fail(`a kernel needs at most ${most} weights here, got ${cells.length}`);
  const values = cells.map(toFloat);
  if (!values.every(Number.isFinite)) fail("a kernel needs weights below 1.8e308, got larger ones");
  const hint = hinted ? "only the last weight is divided; a blank before the slash divides them all" : "";
  return { rows: height, columns: width, hint, ...exactKernel(values, width) };
}

// Return what to write instead of a kernel with an even side.
function advice(text, rows) {
  const [, whole, decimals] = text.match(/^\s*([-+]?[0-9]+),([0-9]+)\s*$/) ?? [];
  if (whole) return `for a decimal comma write ${whole}.${decimals}`;
  const zeros = [[rows.length, "a row of zeros below"], [rows[0].length, "a column of zeros to the right"]];
  const even = zeros.filter(([side]) => side % 2 === 0).map(([, padding]) => padding).join(" and ");
  const divisor = count(rows) > MOST_ADVISED ? 0n : rows.flat().reduce((all, { d }) => lcm(all, d), 1n);
  const high = rows.length % 2 ? rows : [...rows, rows[0].map(() => ZERO)];
  const padded = high.map((row) => (row.length % 2 ? row : [...row, ZERO]));
  const square = () => padded.map((row) => row.map(({ n, d }) => (n * divisor) / d).join(" ")).join("; ");
  const over = divisor > 1n ? ` / ${divisor}` : "";
  const exact = divisor && divisor <= FINEST_ADVISED ? `: ${square()}${over}` : "";
  return `filter2D's default anchor is the same as ${even}${exact}`;
}

// Read what rows are multiplied with and divided by; one of them may have several weights.
function readProduct(tokens, rows) {
  for (let factors = 2; tokens.multiplies(); factors++) {
    const { at, token, taken } = tokens, read = () => (tokens.depth ? readCell(tokens)[0] : readRows(tokens));
    const other = token === "/" ? [[readDivisor(tokens, rows)]] : (tokens.take(), read());
    const [numbers, many] = [rows, other].sort((a, b) => count(a) - count(b)), [[number] = []] = numbers;
    const fits = count(numbers) === 1 && (!tokens.depth || count(many) === 1) && factors <= MOST_FACTORS;
    if (!fits) tokens.refuse(`a product needs at most ${MOST_FACTORS} factors, numbers but for one`, at);
    const whole = count(other) === 1 && other[0][0].d === 1n && other[0][0].n > 1n;
    const repeats = taken === "]" && token === "*" && whole;
    if (repeats && (tokens.depth || tokens.text.slice(0, at).includes(",")))
      tokens.refuse(REPEATED, at);
    rows = many.map((row) => row.map(({ n, d }) => fraction(n * number.n, d * number.d)));
  }
  return rows;
}

// Read a slash and a positive number; return one over it.
function readDivisor(tokens, rows) {
  const whole = tokens.depth || count(rows) < 2 || DIVIDES.includes(tokens.text[tokens.at - 1]);
  if (!whole)
    tokens.refuse("a slash needs a blank before it to divide a kernel, and none around it in a weight");
  tokens.take();
  const { at, token } = tokens, divisor = token === "(" || DIVISOR.test(token) ? readCell(tokens)[0] : [];
  const [[{ n, d }] = [ZERO]] = divisor, alone = count(divisor) === 1 && n > 0n && tokens.token !== "/";
  if (!alone) tokens.refuse(NO_DIVISOR, at);
  return fraction(d, n);
}

// Read rows of numbers, or of brackets with rows in them.
function readRows(tokens) {
  const table = [], ends = [];
  for (let first = true; first || (tokens.endsRow() && tokens.take()); first = false) {
    const row = readRow(tokens);
    if (row.length) ends.push(tokens.token.includes("\n")), table.push(row);
    checkSides(table.length, row.length);
  }
  const cells = table.flat(), numbers = cells.filter(([, isNumber]) => isNumber).length;
  if (numbers && numbers < cells.length) fail("a row needs numbers or brackets, got both");
  const single = () => table.map((row) => row.map(([[[number]]]) => number));
  const rows = numbers ? single() : cells.flatMap(([block]) => block);
  if (!numbers && cells.length > 1 && cells.length < rows.length)
    fail("a kernel needs two dimensions, got brackets of several rows side by side");
  if (numbers === table.length && new Set(ends.slice(0, -1)).size === 2)
    fail("the weights of a row need spaces or commas between them, got only ';' and new lines");
  return rows;
}

// Read the cells of a row; a word behind brackets, such as a dtype, ends it.
function readRow(tokens) {
  const row = [];
  let commas = 0;
  const goesOn = () => tokens.token in CLOSING || (tokens.isWord && (row.at(-1)?.[1] ?? true));
  while (row.length <= LARGEST_SIDE && goesOn()) {
    if (commas && commas < row.length)
      tokens.refuse("a row needs commas between all weights or none (decimals are written 1.5)");
    let cell = readCell(tokens);
    if (tokens.depth && tokens.multiplies()) {
      if (row.length && !commas)
        tokens.refuse("a row without commas needs weights such as 1/9, or a divisor behind its brackets");
      cell = [readProduct(tokens, cell[0]), true];
    }
    row.push(cell);
    if (tokens.token === ",") commas += tokens.take().length;
  }
  return row;
}

// Read a number or brackets, and tell if it is a number, as one number in round brackets is.
function readCell(tokens) {
  const { at } = tokens, word = tokens.isWord ? tokens.take() : "";
  if (!(tokens.token in CLOSING)) return [[[readNumber(word)]], true];
  const [found, sign, call = ""] = word.match(CALL) ?? [];
  if (found === undefined)
    tokens.refuse("brackets need np.array, np.ones, a factor such as 2 * or nothing before them", at);
  if (tokens.depth >= DEEPEST)
    fail(`a kernel needs fewer brackets around its weights, got ${quoted(tokens.text)}`);
  const closing = CLOSING[tokens.take()], rows = readRows(tokens), { taken } = tokens;
  const named = call && taken === ","; // dtype=float
  while (named && (tokens.isWord || "=,".includes(tokens.token || " "))) tokens.take();
  if (tokens.token !== closing) tokens.refuse(`brackets need to be in pairs, with ${closing} here`);
  tokens.take();
  const block = call.endsWith("ones") ? ones(rows) : rows;
  const number = closing === ")" && !call && count(rows) === 1;
  const signed = sign ? block.map((row) => row.map(({ n, d }) => ({ n: -n, d }))) : block;
  return [signed, number && !",]}".includes(taken)];
}

function ones([[height, width, ...more] = [], ...others]) {
  const isSide = (side) => side?.d === 1n && side.n > 0n && side.n <= LARGEST_SIDE;
  if (!isSide(height) || !isSide(width) || more.length || others.length)
    fail(`np.ones needs two sides up to ${LARGEST_SIDE} such as (5, 5), got others`);
  return Array(Number(height.n)).fill(Array(Number(width.n)).fill(fraction(1n)));
}

// Read ImageMagick's `3x3: 1,2,1 2,4,2 1,2,1`: the width, the height, and weights row by row.
function readSized(tokens) {
  const { at } = tokens, sides = tokens.token.match(/^([0-9]{1,4})x([0-9]{1,4})$/)?.map(Number);
  const [, width, height] = sides ?? [];
  tokens.take();
  if (width === undefined || tokens.take() !== ":")
    tokens.refuse("a colon needs a width and a height before it, such as 3x3:, and no offset", at);
  checkSides(height, width);
  const weights = [];
  const goesOn = () => tokens.isWord || tokens.token === "," || /^\s+$/.test(tokens.token);
  while (weights.length <= width * height && goesOn())
    if (tokens.isWord) weights.push(readNumber(tokens.take()));
    else tokens.take();
  const got = weights.length > width * height ? "more" : weights.length;
  if (got !== width * height)
    fail(`a kernel of ${width}x${height} needs ${width * height} weights, got ${got}`);
  return inRows(weights, width || 1);
}

const checkSides = (rows, columns) =>
  Math.max(rows, columns) > LARGEST_SIDE && fail(`a kernel needs sides of at most ${LARGEST_SIDE}, got more`);

// Read a whole number, a decimal or a fraction.
function readNumber(word) {
  const [found, above, below = "1"] = (word.length <= LONGEST_NUMBER && word.match(FRACTION)) || [];
  if (!found && !/^[-+]?(nan|inf|infinity)$/i.test(word))
    fail(`a weight needs to be a number such as 5, -0.5 or 1/9, got ${quoted(word)}`);
  const finite = found && Number.isFinite(Number(above)) && Number.isFinite(Number(below));
  if (!finite) fail(`a weight needs to be finite, got ${quoted(word)}`);
  const [n, d] = [above, below].map(decimal);
  if (!d.n) fail(`a fraction needs a divisor other than zero, got ${quoted(word)}`);
  return fraction(n.n * d.d, n.d * d.n);
}

function decimal(text) {
  const [, sign, whole, part = "", power = "0"] = text.match(/^([-+]?)([0-9]*)\.?([0-9]*)(?:e(.*))?$/i);
  const digits = BigInt(sign + whole + part), places = BigInt(part.length) - BigInt(power);
  if (!Number(text)) return ZERO; // also what is too small for a float
  return places > 0n ? fraction(digits, 10n ** places) : fraction(digits * 10n ** -places);
}

// Return the fraction nearest to n / d with a denominator up to a million, from its continued fraction.
function simplest({ n, d }) {
  let [p, q, lastP, lastQ, above, below] = [1n, 0n, 0n, 1n, n, d];
  while (below) {
    const rest = mod(above, below), whole = (above - rest) / below;
    if (lastQ + whole * q > MILLION) break;
    [p, q, lastP, lastQ, above, below] = [lastP + whole * p, lastQ + whole * q, p, q, below, rest];
  }
  if (!below) return fraction(p, q);
  const times = (MILLION - lastQ) / q, further = lastQ + times * q;
  return 2n * below * further <= d ? fraction(p, q) : fraction(lastP + times * p, further);
}

// Return floats as fractions of small denominators, as on paper, or null: as_fraction of exact.py.
function asFractions(values, error) {
  const found = new Map();
  let divisor = 1n;
  for (const value of new Set(values)) {
    const exact = ofFloat(value), near = simplest(exact);
    const ulp = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 52);
    const byChance = Number(near.d) ** 2 * ulp > 0.01 || error > 4e-10 || toFloat(near) !== value;
    if (byChance && (near.n !== exact.n || near.d !== exact.d)) return null;
    divisor = lcm(divisor, near.d);
    if (divisor > MILLION) return null;
    found.set(value, near);
  }
  return { fractions: values.map((value) => found.get(value)), divisor };
}

// Return weights as text (cells), exact (integers / scale / divisor), and for sums (values / quotient).
function exactKernel(values, columns) {
  const largest = (list) => 255 * list.reduce((sum, value) => sum + Math.abs(value), 0);
  if (!(largest(values) < 2 ** 52)) fail("a kernel needs 255 * sum(|weights|) below 2**52");
  const error = largest(values) * 2 ** -53, found = asFractions(values, error);
  const inFloats = { values, quotient: 1, tolerance: 1e-9 + values.length * error };
  if (!found) {
    const exact = values.map(ofFloat), scale = exact.reduce((common, { d }) => (d > common ? d : common), 1n);
    const numerators = exact.map(({ n, d }) => (n * scale) / d);
    const cells = values.map(floatText);
    return { cells, integers: numerators, scale, divisor: 1n, split: null, ...inFloats };
  }
  const { divisor } = found, integers = found.fractions.map(({ n, d }) => (n * divisor) / d);
  const whole = integers.map(Number), isExact = largest(whole) < 2 ** 52;
  const sums = isExact ? { values: whole, quotient: Number(divisor), tolerance: 0 } : inFloats;
  const factors = split(inRows(integers, columns));
  return { cells: integers.map(String), integers, scale: 1n, divisor, split: factors, ...sums };
}

// Split whole numbers into a column times a row in lowest terms, as split of exact.py, or return null.
function split(rows) {
  const peak = rows.flat().reduce((most, weight) => (abs(weight) > abs(most) ? weight : most), 0n);
  const line = rows.find((weights) => weights.includes(peak)), at = line.indexOf(peak);
  if (!peak) return { column: rows.map(() => 0n), row: line };
  const common = line.reduce(gcd, 0n) * (line.reduce((sum, weight) => sum + weight) < 0n ? -1n : 1n);
  const row = line.map((weight) => weight / common);
  const column = rows.map((weights) => weights[at] / row[at]);
  const fits = rows.every((weights, i) => weights.every((weight, j) => weight === column[i] * row[j]));
  return fits ? { column, row } : null;
}

const inRows = (list, columns) =>
  Array.from({ length: list.length / columns }, (_, i) => list.slice(i * columns, (i + 1) * columns));
