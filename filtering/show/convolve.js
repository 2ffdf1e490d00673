"use strict";
// The contract of convolve in JavaScript: images, kernels from text, exact sums, and the arithmetic as --at writes it.

// ---- Images: {name, width, height, planes}; the planes are gray, or blue, green and red as in OpenCV

// Undo packed of pack.py. Nothing is read back from a canvas: browsers that resist fingerprinting change it.
async function unpack(text, { width, height }, signed) {
  const stream = new Blob([bytesOf(text.slice(1))]).stream().pipeThrough(new DecompressionStream("deflate"));
  let data = new Uint8Array(await new Response(stream).arrayBuffer()), above = new Uint8Array(width);
  for (let start = 0, weight = Number(text[0]); start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    for (let x = 0, left = 0, corner = 0; x < width; corner = above[x++])
      left = row[x] = (row[x] + ((weight * (left + above[x]) - (2 * weight - 4) * corner) >> 2)) & 255;
    above = row;
  }
  const low = data.subarray(data.length / 2), size = width * height;
  if (signed) data = new Int16Array(low.length).map((_, at) => (data[at] << 8) | low[at]);
  return Array.from({ length: data.length / size }, (_, n) => data.subarray(n * size, (n + 1) * size));
}

function bytesOf(text) {
  const characters = atob(text), bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

// Read an image of the user's own: gray as cv2.cvtColor makes it, a weighted sum in 15 bits, or in colour.
async function readImage(file, colour = false) {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  await checkReading();
  const read = readCanvas(bitmap), opaque = read.every((pixel) => pixel >>> 24 === 255);
  const stored = opaque ? read : readTexture(bitmap), pixels = stored ?? read;
  const gray = (pixel) =>
    (9798 * (pixel & 255) + 19235 * ((pixel >> 8) & 255) + 3735 * ((pixel >> 16) & 255) + 16384) >> 15;
  const channels = colour ? [(pixel) => pixel >> 16, (pixel) => pixel >> 8, (pixel) => pixel] : [gray];
  const planes = channels.map((channel) => new Uint8Array(pixels.map(channel)));
  const note = "it is partly transparent, and this browser does not tell the colours below: they may be off";
  return { name: file.name, width: bitmap.width, height: bitmap.height, planes, note: stored ? "" : note };
}

// Return pixels as numbers 0xaabbggrr, through a canvas: where they are not opaque, their colours are off.
function readCanvas(bitmap) {
  const { width, height } = bitmap, g = new OffscreenCanvas(width, height).getContext("2d");
  g.drawImage(bitmap, 0, 0);
  return new Uint32Array(g.getImageData(0, 0, width, height).data.buffer);
}

// Refuse to read in a browser that changes a pattern of many pixels: some add noise to a few bits only.
async function checkReading() {
  const pattern = new ImageData(512, 512), written = new Uint32Array(pattern.data.buffer);
  for (let at = 0; at < written.length; at++) written[at] = (Math.imul(at, 0x9e3779b1) >>> 8) | 0xff000000;
  const read = readCanvas(await createImageBitmap(pattern));
  if (read.some((pixel, at) => pixel !== written[at]))
    fail("this browser changes what pages read of images (protection from fingerprinting), so an image of one's " +
      "own cannot be read");
}

// Return the same of any bitmap, opaque or not, through WebGL, or null where that is missing or too small.
function readTexture(bitmap) {
  const { width, height } = bitmap, gl = new OffscreenCanvas(1, 1).getContext("webgl");
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
  const texture = gl.createTexture(), pixels = new Uint8Array(4 * width * height);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels); // its first row is the bitmap's
  const failed = gl.getError();
  gl.getExtension("WEBGL_lose_context")?.loseContext(); // a page has few contexts
  return failed ? null : new Uint32Array(pixels.buffer);
}

// ---- Exact numbers: fractions {n, d} of whole numbers without a limit, in lowest terms, d > 0

const NINE = 10n ** 9n, MILLION = 10n ** 6n;
const abs = (n) => (n < 0n ? -n : n);
const mod = (n, d) => ((n % d) + d) % d;
const gcd = (a, b) => (b ? gcd(b, a % b) : abs(a));

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
  return `${nine < 0n ? "-" : ""}${abs(nine) / NINE}${decimals && "." + decimals}${nine * d === n * NINE ? "" : "..."}`;
}

// Return the float nearest to n / d: 64 bits of the quotient, the last of which is 1 where anything is left over.
// Floats below 2**-1022 are whole numbers of 2**-1074.
function toFloat({ n, d }) {
  const bits = Math.max(0, d.toString(2).length - abs(n).toString(2).length + 66), scaled = abs(n) << BigInt(bits);
  const top = Number((scaled / d) | (scaled % d ? 1n : 0n));
  const size = top / 2 ** Math.min(bits, 999) / 2 ** Math.max(0, bits - 999);
  return (n < 0n ? -1 : 1) * (size < 2 ** -1021 ? Number(rounded(abs(n) << 1074n, d)) * 2 ** -1074 : size);
}

function ofFloat(value) {
  let d = 1n;
  for (; !Number.isInteger(value); value *= 2) d *= 2n;
  return fraction(BigInt(value), d);
}

// ---- Kernels from text, as --kernel reads them: the grammar of grammar.py, function by function

const LARGEST_SIDE = 255, DEEPEST = 16, MOST_FACTORS = 8, LONGEST_NUMBER = 1000;
const MOST_ADVISED = 100, FINEST_ADVISED = 10n ** 18n, ZERO = fraction(0n);
const CLOSING = { __proto__: null, "[": "]", "(": ")", "{": "}" }, SIGNS = ";\n[](){},=:*/";
const DEPTHS = { __proto__: null, "[": 1, "{": 1, "(": 2, "]": -1, "}": -1, ")": -2 };
const FOREIGN = /[\x1c-\x1f\x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]/;
const NAME = String.raw`[A-Za-z_\x80-\uffff][\w.\x80-\uffff]*`, WORD = String.raw`[^\][(){},;=:*/\s]+`;
const START = RegExp(String.raw`^[;\s]*(?:${NAME}(?:[ \t]+${NAME})*[ \t]*(?:\[[0-9]*\][ \t]*)*=[;\s]*)?`);
const TOKEN = RegExp(String.raw`([;\n][;\s]*|[\][(){},=:*/]|${WORD}(?:/${WORD})*)[ \t\v\f]*`, "y");
const CALL = /^(-?)((?:np\.|numpy\.)?(?:array|asarray|ones))?$/, DIVIDES = " \t\v\f\n;,)]}"; // before a slash
const DECIMAL = String.raw`(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?`;
const FRACTION = RegExp(`^([-+]?${DECIMAL})(?:/(${DECIMAL}))?$`), DIVISOR = RegExp(String.raw`^\+?${DECIMAL}$`);
const LAST_DIVIDED = /^[^\][(){}*/:]*[,;\s][-+.0-9eE]+\/[-+.0-9eE]+[,;\s]*$/;
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
      Object.assign(this, { token, end: this.at + all.length, isWord: token !== "" && !SIGNS.includes(token[0]) });
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
  if (tokens.token) tokens.refuse("a kernel needs nothing behind it but a factor such as * 2 or a divisor such as / 16");
  if (!rows.length) fail(`a kernel needs at least one weight, got ${quoted(text)}`);
  const height = rows.length, width = rows[0].length, cells = flip ? rows.flat().reverse() : rows.flat();
  if (rows.some((row) => row.length !== width)) fail("a kernel needs rows of equal length");
  if (!(height % 2 && width % 2)) fail(`a kernel needs odd sides, got ${height} x ${width}; ${advice(text, rows)}`);
  if (cells.length > most) fail(`a kernel needs at most ${most} weights here, got ${cells.length}`);
  const values = cells.map(toFloat), asTyped = cells.map(({ word }, tap) => word ?? String(values[tap]));
  if (!values.every(Number.isFinite)) fail("a kernel needs weights below 1.8e308, got larger ones");
  const hint = hinted ? "only the last weight is divided; a blank before the slash divides them all" : "";
  return { rows: height, columns: width, hint, ...exactKernel(values, asTyped, width) };
}

// Return what to write instead of a kernel with an even side.
function advice(text, rows) {
  const [, whole, decimals] = text.match(/^\s*([-+]?[0-9]+),([0-9]+)\s*$/) ?? [];
  if (whole) return `for a decimal comma write ${whole}.${decimals}`;
  const zeros = [[rows.length, "a row of zeros below"], [rows[0].length, "a column of zeros to the right"]];
  const even = zeros.filter(([side]) => side % 2 === 0).map(([, padding]) => padding).join(" and ");
  const divisor = count(rows) > MOST_ADVISED ? 0n : rows.flat().reduce((all, { d }) => (all / gcd(all, d)) * d, 1n);
  const high = rows.length % 2 ? rows : [...rows, rows[0].map(() => ZERO)];
  const padded = high.map((row) => (row.length % 2 ? row : [...row, ZERO]));
  const square = () => padded.map((row) => row.map(({ n, d }) => (n * divisor) / d).join(" ")).join("; ");
  const exact = divisor && divisor <= FINEST_ADVISED ? `: ${square()}${divisor > 1n ? ` / ${divisor}` : ""}` : "";
  return `filter2D's default anchor is the same as ${even}${exact}`;
}

// Read what rows are multiplied with and divided by; one of them may have several weights.
function readProduct(tokens, rows) {
  for (let factors = 2; tokens.multiplies(); factors++) {
    const { at, token, taken } = tokens, read = () => (tokens.take(), tokens.depth ? readCell(tokens)[0] : readRows(tokens));
    const other = token === "/" ? [[readDivisor(tokens, rows)]] : read();
    const [numbers, many] = [rows, other].sort((a, b) => count(a) - count(b)), [[number] = []] = numbers;
    const fits = count(numbers) === 1 && (!tokens.depth || count(many) === 1) && factors <= MOST_FACTORS;
    if (!fits) tokens.refuse(`a product needs at most ${MOST_FACTORS} factors, numbers but for one`, at);
    const repeats = taken === "]" && token === "*" && count(other) === 1 && other[0][0].d === 1n && other[0][0].n > 1n;
    if (repeats && (tokens.depth || tokens.text.slice(0, at).includes(",")))
      tokens.refuse("a list needs its factor in front, 3 * [1, 2, 1]: behind it, Python repeats the list", at);
    rows = many.map((row) => row.map(({ n, d }) => fraction(n * number.n, d * number.d)));
  }
  return rows;
}

// Read a slash and a positive number; return one over it.
function readDivisor(tokens, rows) {
  const whole = tokens.depth || count(rows) < 2 || DIVIDES.includes(tokens.text[tokens.at - 1]);
  if (!whole) tokens.refuse("a slash needs a blank before it to divide a kernel, and none around it in a weight");
  tokens.take();
  const { at, token } = tokens, divisor = token === "(" || DIVISOR.test(token) ? readCell(tokens)[0] : [];
  const [[{ n, d }] = [ZERO]] = divisor, alone = count(divisor) === 1 && n > 0n && tokens.token !== "/";
  if (!alone) tokens.refuse("a divisor needs to be a positive number such as 16 (a factor, -3 * [1 2 1], may be any)", at);
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
  const rows = numbers ? table.map((row) => row.map(([[[number]]]) => number)) : cells.flatMap(([block]) => block);
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
  while (row.length <= LARGEST_SIDE && (tokens.token in CLOSING || (tokens.isWord && (row.at(-1)?.[1] ?? true)))) {
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
  const [call, sign, name = ""] = word.match(CALL) ?? [];
  if (call === undefined) tokens.refuse("brackets need np.array, np.ones, a factor such as 2 * or nothing before them", at);
  if (tokens.depth >= DEEPEST) fail(`a kernel needs fewer brackets around its weights, got ${quoted(tokens.text)}`);
  const closing = CLOSING[tokens.take()], rows = readRows(tokens), { taken } = tokens;
  while (name && taken === "," && (tokens.isWord || "=,".includes(tokens.token || " "))) tokens.take(); // dtype=float
  if (tokens.token !== closing) tokens.refuse(`brackets need to be in pairs, with ${closing} here`);
  tokens.take();
  const block = name.endsWith("ones") ? ones(rows) : rows, isNumber = closing === ")" && !name && count(rows) === 1;
  return [sign ? block.map((row) => row.map(({ n, d }) => ({ n: -n, d }))) : block, isNumber && !",]}".includes(taken)];
}

function ones([[height, width, ...more] = [], ...others]) {
  const isSide = (side) => side?.d === 1n && side.n > 0n && side.n <= LARGEST_SIDE;
  if (!isSide(height) || !isSide(width) || more.length || others.length)
    fail(`np.ones needs two sides up to ${LARGEST_SIDE} such as (5, 5), got others`);
  return Array(Number(height.n)).fill(Array(Number(width.n)).fill(fraction(1n)));
}

// Read ImageMagick's `3x3: 1,2,1 2,4,2 1,2,1`: the width, the height, and weights row by row.
function readSized(tokens) {
  const { at } = tokens, [, width, height] = tokens.token.match(/^([0-9]{1,4})x([0-9]{1,4})$/)?.map(Number) ?? [];
  tokens.take();
  if (width === undefined || tokens.take() !== ":")
    tokens.refuse("a colon needs a width and a height before it, such as 3x3:, and no offset", at);
  checkSides(height, width);
  const weights = [];
  while (weights.length <= width * height && (tokens.isWord || tokens.token === "," || /^\s+$/.test(tokens.token)))
    if (tokens.isWord) weights.push(readNumber(tokens.take()));
    else tokens.take();
  const got = weights.length > width * height ? "more" : weights.length;
  if (got !== width * height) fail(`a kernel of ${width}x${height} needs ${width * height} weights, got ${got}`);
  return inRows(weights, width || 1);
}

const checkSides = (rows, columns) =>
  Math.max(rows, columns) > LARGEST_SIDE && fail(`a kernel needs sides of at most ${LARGEST_SIDE}, got more`);

// Read a whole number, a decimal or a fraction, as {n, d, word}; a fraction goes without its word.
function readNumber(word) {
  const [found, above, below = "1"] = (word.length <= LONGEST_NUMBER && word.match(FRACTION)) || [];
  if (!found && !/^[-+]?(nan|inf|infinity)$/i.test(word))
    fail(`a weight needs to be a number such as 5, -0.5 or 1/9, got ${quoted(word)}`);
  const finite = found && Number.isFinite(Number(above)) && Number.isFinite(Number(below));
  if (!finite) fail(`a weight needs to be finite, got ${quoted(word)}`);
  const [n, d] = [above, below].map(decimal);
  if (!d.n) fail(`a fraction needs a divisor other than zero, got ${quoted(word)}`);
  return { ...fraction(n.n * d.d, n.d * d.n), word: word.includes("/") ? undefined : word };
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
    const exact = ofFloat(value), near = simplest(exact), ulp = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 52);
    const byChance = Number(near.d) ** 2 * ulp > 0.01 || error > 4e-10 || toFloat(near) !== value;
    if (byChance && (near.n !== exact.n || near.d !== exact.d)) return null;
    divisor = (divisor / gcd(divisor, near.d)) * near.d;
    if (divisor > MILLION) return null;
    found.set(value, near);
  }
  return { fractions: values.map((value) => found.get(value)), divisor };
}

// Return the weights as text (cells), exact (integers / scale / divisor), and for sums in floats (values / quotient).
function exactKernel(values, asTyped, columns) {
  const largest = (list) => 255 * list.reduce((sum, value) => sum + Math.abs(value), 0), error = largest(values) * 2 ** -53;
  if (!(largest(values) < 2 ** 52)) fail("a kernel needs 255 * sum(|weights|) below 2**52");
  const inFloats = { values, quotient: 1, tolerance: 1e-9 + values.length * error }, found = asFractions(values, error);
  if (!found) {
    const exact = values.map(ofFloat), scale = exact.reduce((common, { d }) => (d > common ? d : common), 1n);
    const integers = exact.map(({ n, d }) => (n * scale) / d);
    return { cells: asTyped, integers, scale, divisor: 1n, split: null, ...inFloats };
  }
  const { divisor } = found, integers = found.fractions.map(({ n, d }) => (n * divisor) / d), whole = integers.map(Number);
  const sums = largest(whole) < 2 ** 52 ? { values: whole, quotient: Number(divisor), tolerance: 0 } : inFloats;
  return { cells: integers.map(String), integers, scale: 1n, divisor, split: split(integers, columns), ...sums };
}

// Split whole numbers into a column times a row in lowest terms, as split of exact.py, or return null.
function split(integers, columns) {
  const peak = integers.reduce((most, weight) => (abs(weight) > abs(most) ? weight : most), 0n);
  const tap = integers.indexOf(peak), rows = inRows(integers, columns), line = rows[Math.floor(tap / columns)];
  if (!peak) return { column: rows.map(() => 0n), row: line };
  const sign = line.reduce((sum, weight) => sum + weight) < 0n ? -1n : 1n, common = sign * line.reduce(gcd, 0n);
  const row = line.map((weight) => weight / common), column = rows.map((weights) => weights[tap % columns] / row[tap % columns]);
  return integers.every((weight, at) => weight === column[Math.floor(at / columns)] * row[at % columns]) ? { column, row } : null;
}

// ---- Convolution, by the contract of convolve. A job is one kernel on one image, and what is known of its results.

function source(place, length, border) {
  const around = (period) => ((place % period) + period) % period, twice = Math.max(1, 2 * length - 2);
  if (place >= 0 && place < length) return place;
  if (border === "replicate") return place < 0 ? 0 : length - 1; // aaa|abcd|ddd
  if (border === "reflect") return Math.min(around(2 * length), 2 * length - 1 - around(2 * length)); // cba|abcd|dcb
  if (border === "reflect101") return Math.min(around(twice), twice - around(twice)); // dcb|abcd|cba
  return border === "wrap" ? around(length) : -1; // bcd|abcd|abc, 000|abcd|000
}

// entry: the run's data about the kernel, or null for one of the user's own.
function newJob(name, image, kernel, border, signed, entry = null) {
  const [low, high] = signed ? [-32768, 32767] : [0, 255], ry = kernel.rows >> 1, rx = kernel.columns >> 1;
  const padded = { width: image.width + 2 * rx, height: image.height + 2 * ry };
  const shown = { canvases: {}, progress: "", spots: [], white: entry?.white, clipped: entry?.clipped ?? [0, 0] };
  return { name, image, kernel, border, signed, entry, low, high, rx, ry, padded, ...shown };
}

// Return the planes with the border around; an image keeps its latest, as most changes are to weights.
function paddedPlanes({ image, padded: { width, height }, rx, ry, border }) {
  const key = [rx, ry, border].join();
  if (image.padded?.key === key) return image.padded.planes;
  const past = [...Array(width).keys()].filter((x) => x < rx || x >= rx + image.width);
  const sources = past.map((x) => source(x - rx, image.width, border));
  const planes = image.planes.map((plane) => {
    const result = new Uint8Array(width * height + 3); // slideTaps reads on, times 0
    for (let y = 0; y < height; y++) {
      const from = source(y - ry, image.height, border), row = plane.subarray(from * image.width, (from + 1) * image.width);
      if (from < 0) continue;
      result.set(row, y * width + rx);
      past.forEach((x, at) => (result[y * width + x] = row[sources[at]] ?? 0));
    }
    return result;
  });
  image.padded = { key, planes };
  return planes;
}

// Return taps in groups of four, each from one that is not 0 on, and how far from the first pixel theirs are.
function newTaps(rows, distance) {
  const weights = [], places = [];
  rows.forEach((row, i) => {
    for (let j = 0; j < row.length; j += row[j] ? 4 : 1)
      for (let k = j; row[j] && k < j + 4; k++) {
        weights.push(Number(row[k] ?? 0));
        places.push(distance(i, Math.min(k, row.length - 1)));
      }
  });
  return { weights: Float64Array.from(weights), places: Int32Array.from(places) };
}

// Return what all rows share: the taps, or those of a column and a row if these are fewer, and room for sums.
function newPasses({ kernel, image, padded: { width } }) {
  const { columns, values, tolerance, split } = kernel, all = newTaps(inRows(values, columns), (i, j) => i * width + j);
  const two = split && [newTaps([split.column], (_, i) => i * width), newTaps([split.row], (_, j) => j)];
  const fewer = two && !tolerance && two[0].weights.length + two[1].weights.length < all.weights.length;
  return { all, two: fewer ? two : null, room: new Float64Array(image.width), between: new Float64Array(width + 3) };
}

// Add pixels times weights. Four taps at a time take half as long as one by one.
function addTaps(sums, pixels, { weights, places }, start, every) {
  for (let tap = 0; tap < weights.length; tap += 4) {
    const a = weights[tap], b = weights[tap + 1], c = weights[tap + 2], d = weights[tap + 3];
    const p = start + places[tap], q = start + places[tap + 1], r = start + places[tap + 2], s = start + places[tap + 3];
    for (let x = 0, at = 0; x < sums.length; x++, at += every)
      sums[x] += a * pixels[p + at] + b * pixels[q + at] + c * pixels[r + at] + d * pixels[s + at];
  }
}

// Do the same with sums, in a function of its own: one that takes both types of arrays runs half as fast.
function addSums(sums, others, { weights, places }, every) {
  for (let tap = 0; tap < weights.length; tap += 4) {
    const a = weights[tap], b = weights[tap + 1], c = weights[tap + 2], d = weights[tap + 3];
    for (let x = 0, at = places[tap]; x < sums.length; x++, at += every)
      sums[x] += a * others[at] + b * others[at + 1] + c * others[at + 2] + d * others[at + 3];
  }
}

// Do the same where the taps are neighbours: each pixel is read once for all four, which halves the time again.
function slideTaps(sums, pixels, { weights, places }, start) {
  for (let tap = 0; tap < weights.length; tap += 4) {
    const a = weights[tap], b = weights[tap + 1], c = weights[tap + 2], d = weights[tap + 3];
    let at = start + places[tap], p = pixels[at++], q = pixels[at++], r = pixels[at++];
    for (let x = 0; x < sums.length; x++) {
      const s = pixels[at++];
      sums[x] += a * p + b * q + c * r + d * s;
      p = q, q = r, r = s;
    }
  }
}

// Compute result.length pixels of a row: left, left + every, ... Return how many responses are below and above the
// range. Floats hold the sums of whole numbers exactly; where others are nearly halves, the exact sum decides.
function filterRow(job, n, y, result, left = 0, every = 1) {
  const { kernel, low, high, padded } = job, { quotient, tolerance, columns } = kernel, plane = paddedPlanes(job)[n];
  const { all, two, room, between } = (job.passes ??= newPasses(job)), start = y * padded.width + left;
  const sums = room.subarray(0, result.length).fill(0), columnSums = between.subarray(0, (result.length - 1) * every + columns);
  if (two) addTaps(columnSums.fill(0), plane, two[0], start, 1), addSums(sums, between, two[1], every);
  else if (every > 1) addTaps(sums, plane, all, start, every);
  else slideTaps(sums, plane, all, start);
  let below = 0, above = 0;
  for (let x = 0; x < result.length; x++) {
    const response = sums[x] / quotient;
    if (response < low - tolerance) below++;
    else if (response > high + tolerance) above++;
    result[x] = Math.min(Math.max(response, low), high) + 1.5 * 2 ** 52 - 1.5 * 2 ** 52; // no float is between
    if (tolerance && Math.abs(response - Math.floor(response) - 0.5) < tolerance)
      result[x] = exactAt(job, n, left + x * every, y).pixel;
  }
  return [below, above];
}

// Return the pixels under the kernel, their exact sum, the response, and the pixel that it becomes.
function exactAt(job, n, x, y) {
  const { kernel, image, padded, rx, ry, low, high } = job, plane = paddedPlanes(job)[n];
  const within = (at, length) => at >= 0 && at < length;
  const places = kernel.integers.map((_, tap) => [x + (tap % kernel.columns), y + Math.floor(tap / kernel.columns)]);
  const window = places.map(([column, row]) => plane[row * padded.width + column]);
  const inside = places.map(([column, row]) => within(column - rx, image.width) && within(row - ry, image.height));
  const sum = kernel.integers.reduce((total, weight, tap) => total + weight * BigInt(window[tap]), 0n);
  const total = fraction(sum, kernel.scale), response = fraction(sum, kernel.scale * kernel.divisor);
  const nine = rounded(response.n * NINE, response.d), nearest = rounded(nine, NINE);
  const pixel = Math.min(Math.max(Number(nearest), low), high);
  return { window, inside, total, response, nearest, pixel, half: mod(nine, NINE) === NINE / 2n };
}

// The page holds how far filter2D's pixels are from convolve's, modulo 2**8 or 2**16.
function theirsOf({ apart, signed }, n, at, ours) {
  const sum = ours + (apart?.[n][at] ?? 0);
  return signed ? (sum << 16) >> 16 : sum & 255;
}

// Return a value of a panel.
function valueAt(job, side, n, x, y) {
  const { image, border } = job, row = source(y, image.height, border), column = source(x, image.width, border);
  if (side === "original") return row < 0 || column < 0 ? 0 : image.planes[n][row * image.width + column];
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) return "";
  const at = y * image.width + x, ours = job.ours ? job.ours[n][at] : exactAt(job, n, x, y).pixel;
  const theirs = theirsOf(job, n, at, ours);
  return { ours, theirs, difference: Math.abs(ours - theirs) }[side];
}

// ---- The arithmetic in the words of --at

function arithmeticText(job, x, y) {
  const { kernel, image } = job, colours = image.planes.length > 1 ? [", blue", ", green", ", red"] : [""];
  return colours.flatMap((colour, n) => {
    const at = exactAt(job, n, x, y), small = kernel.cells.length <= 49;
    const sum = small ? [...squares(job, at), ...sumLines(kernel, at)] : shortLines(job, at);
    return [`${job.name}${colour} at ${x},${y}`, ...[...sum, ...pixelLines(job, at, n, x, y)].map((line) => "  " + line)];
  }).join("\n");
}

const inRows = (list, columns) =>
  Array.from({ length: list.length / columns }, (_, i) => list.slice(i * columns, (i + 1) * columns));

function aligned(texts) {
  const width = texts.reduce((most, { length }) => Math.max(most, length), 0);
  return texts.map((text) => text.padStart(width));
}

function squares({ kernel, border }, { window, inside }) {
  const pixels = aligned(window.map((pixel, tap) => (inside[tap] ? `${pixel} ` : `[${pixel}]`)));
  const weights = inRows(aligned(kernel.cells), kernel.columns);
  const lines = inRows(pixels, kernel.columns).map((row, i) => `${row.join(" ")}     ${weights[i].join("  ")}`);
  if (kernel.divisor !== 1n) lines.push(`${lines.pop()}   / ${kernel.divisor}`);
  return inside.every(Boolean) ? lines : [...lines, `[ ] is past the edge: border ${border}`];
}

function sumLines(kernel, { window, total }) {
  const terms = kernel.cells.map((cell, tap) => `${window[tap]}*${kernel.integers[tap] < 0n ? `(${cell})` : cell}`);
  const lines = inRows(terms, kernel.columns).map((row, i) => (i ? "+ " : "  ") + row.join(" + "));
  return [...lines, `= ${numberText(total)}`];
}

function shortLines({ kernel, border }, { window, inside, total }) {
  const outside = inside.filter((own) => !own).length, past = `, ${outside} of them past the edge (border ${border})`;
  return [`a window of ${kernel.rows} x ${kernel.columns} = ${window.length} pixels${outside ? past : ""},`,
    `from ${window.reduce((a, b) => Math.min(a, b))} to ${window.reduce((a, b) => Math.max(a, b))}; the sum of pixel*weight`, `= ${numberText(total)}`];
}

function pixelLines(job, { response, nearest, pixel, half }, n, x, y) {
  const lines = [], { divisor } = job.kernel, { d } = response;
  if (divisor !== 1n) lines.push(`/ ${divisor} = ${numberText(response)}`);
  if (d !== 1n) lines.push(`rounds to ${nearest}${half ? " (halfway: to the even one)" : ""}`);
  if (BigInt(pixel) !== nearest) lines.push(`saturates to ${pixel}, as pixels go from ${job.low} to ${job.high}`);
  if (!job.entry) return [...lines, `computed in your browser: ${pixel}`];
  const [ours, theirs] = ["ours", "theirs"].map((side) => valueAt(job, side, n, x, y));
  const fromHalf = toFloat(fraction(abs(2n * mod(response.n, d) - d), 2n * d));
  const tie = Math.abs(ours - theirs) <= 1 && ours === pixel && fromHalf <= (job.entry.tolerance ?? -1);
  const apart = ours === theirs ? "" : tie ? ", a tie" : ", which differs";
  return [...lines, `convolve ${ours}, filter2D ${theirs}${apart}`];
}

function kernelText(cells, { columns, divisor }, between) {
  const rows = inRows(between === "\n" ? aligned(cells) : cells, columns).map((row) => row.join(" ")).join(between);
  return divisor === 1n ? rows : `${rows} / ${divisor}`;
}

// Return the command line of a run that does the same. kernel: a name, or text in quotes.
function commandLine({ image, border, signed }, kernel, flip) {
  const name = image.path ?? image.name, plain = /^[^"$`\\!]*$/.test(name); // others mean something in double quotes
  const path = /^[\w./-]+$/.test(name) ? name : plain ? `"${name}"` : `'${name.replaceAll("'", "'\\''")}'`;
  const options = { [`border ${border}`]: border !== "replicate", flip, signed, color: image.planes.length > 1 };
  const given = Object.keys(options).filter((option) => options[option]).map((option) => ` --${option}`);
  return `python convolutions.py --image ${path} --kernel ${kernel}${given.join("")}`;
}

// ---- Images of what is known about a job

// Return the response that is drawn white: signed_range of panels.py. One in a hundred may exceed it.
function signedRange(planes, { width, height }) {
  const every = Math.ceil(Math.sqrt((planes.length * width * height) / 1e6)), counts = new Uint32Array(32769);
  let last = -1;
  for (const plane of planes)
    for (let y = 0; y < height; y += every)
      for (let x = 0; x < width; x += every, last++) counts[Math.abs(plane[y * width + x])]++;
  const ranked = (rank) => { // the value at this place of all in order
    let value = 0;
    for (let seen = counts[0]; seen <= rank; seen += counts[value]) value++;
    return value;
  };
  const at = Math.floor(0.99 * last), low = ranked(at), high = ranked(Math.min(at + 1, last));
  return Math.min(Math.trunc(low + (high - low) * ((0.99 * last) % 1)) || Math.max(1, ranked(last)), 32767);
}

function paint(planes, { width, height }, shade = (value) => value) {
  const canvas = new OffscreenCanvas(width, height), g = canvas.getContext("2d");
  const pixels = g.createImageData(width, height), data = new Uint32Array(pixels.data.buffer);
  const count = planes[0].BYTES_PER_ELEMENT === 2 ? 65536 : 256; // of values, which may be negative
  const shades = new Uint8ClampedArray(count);
  for (let value = 0; value < count; value++) shades[value] = shade(count > 256 ? (value << 16) >> 16 : value);
  const [blue, green = blue, red = blue] = planes, last = count - 1;
  for (let at = 0; at < data.length; at++) {
    const above = (255 << 24) | (shades[blue[at] & last] << 16);
    data[at] = above | (shades[green[at] & last] << 8) | shades[red[at] & last];
  }
  g.putImageData(pixels, 0, 0);
  return canvas;
}

// Return how a value is drawn: of signed responses, 0 is middle gray; differences are brightened.
function grayOf(job, side, value) {
  if (side === "difference") return value && 160 + ((value - 1) * 95) / 254;
  return side !== "original" && job.white ? (value / job.white + 1) * 127.5 : value;
}

// Return the image of a panel; of a result that is not known yet its preview, if there is one.
function canvasOf(job, side) {
  const { canvases, apart, ours, image } = job;
  if (side === "original") return paddedPlanes(job), (image.padded.canvas ??= paint(image.padded.planes, job.padded));
  if (!apart && side === "difference") return (canvases.none ??= paint([[0]], { width: 1, height: 1 }));
  if (!apart && side === "theirs") return canvasOf(job, "ours");
  if (!ours || canvases[side]) return canvases[side] ?? job.preview;
  const value = (n, pixel, at) => (side === "theirs" ? theirsOf(job, n, at, pixel) : Math.abs(theirsOf(job, n, at, pixel) - pixel));
  const values = side === "ours" ? ours : ours.map((plane, n) => plane.map((pixel, at) => value(n, pixel, at)));
  if (side === "difference") {
    job.spots = [];
    values[0].forEach((_, at) => values.some((plane) => plane[at]) && job.spots.push(at));
  }
  return (canvases[side] = paint(values, image, (value) => grayOf(job, side, value)));
}
