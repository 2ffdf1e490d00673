// What the page shows of a run, what a visitor changes, and lessons. All numbers come from convolve.js.

const $ = (id) => document.getElementById(id);
const run = JSON.parse($("data").textContent);
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const button = (textContent, press) => make("button", { type: "button", textContent, onclick: press });
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const narrow = () => innerWidth <= 900;

// ---- The state, and apply, which changes it

const state = {
  image: null, // the run's, the visitor's own, or a result
  kernel: "", unit: null, // the text of the weights, and the divisor that the square shows them over
  border: "", flip: false, signed: false,
  x: 0, y: 0, pinned: false, note: "", // the pixel, and why it was chosen
  zoom: 1, viewX: 0, viewY: 0, // the point of the image in the middle of each panel
  played: null, running: false, // how many pixels of the result are filled, or null for all
  predict: false, quiz: null, // the sum is hidden; the question: {right, names, answer}
};
const SETTINGS = ["image", "kernel", "border", "flip", "signed"]; // that make another result
let original; // the run's image
let job; // the kernel on the image, and what is known of its result
let compared; // the kernel of the run that was shown last

// Change the state and show it. Throws an Error, and changes nothing, if the text is no kernel.
function apply(changes) {
  const next = { ...state, ...changes }, same = job && SETTINGS.every((key) => next[key] === state[key]);
  const wanted = same ? job : jobOf(next);
  if ("x" in changes) next.note = changes.note ?? "";
  if ("kernel" in changes) next.unit = changes.unit ?? null;
  if (!same) Object.assign(next, { note: changes.note ?? "", played: null, running: false });
  if (next.image !== state.image) [next.viewX, next.viewY] = [next.image.width / 2, next.image.height / 2];
  [next.x, next.y] = clampTo(next.x, next.y, next.image);
  Object.assign(state, next);
  if (!same) show(wanted);
  state.zoom = clamp(state.zoom, 1, mostZoom());
  showModes();
  draw();
  keep();
}

// Return the run's comparison with these settings, or a job of its own.
function jobOf({ image, kernel, border, flip, signed }) {
  const parsed = parseKernel(kernel, flip);
  const own = newJob(nameOf(parsed, flip) ?? "kernel", image, parsed, border, signed);
  const settings = (one) => [textOf(one.kernel), one.border, one.signed].join();
  return run.kernels.find((entry) => image === original && settings(entry.job) === settings(own))?.job ?? own;
}

const clampTo = (x, y, { width, height }) => [clamp(x, 0, width - 1), clamp(y, 0, height - 1)];
const turned = (cells, flip) => (flip ? [...cells].reverse() : cells);
const textOf = (kernel, flip = false, between = "; ") =>
  kernelText(turned(kernel.cells, flip), kernel, between);

// Return the name that --kernel knows a kernel by, if there is one.
function nameOf(kernel, flip) {
  const text = textOf(kernel, flip);
  return Object.keys(run.presets).find((known) => run.presets[known] === text) ?? null;
}

// Take a job as what is shown: compute its result; fill form, list and sentences.
function show(next) {
  if (run.large && job && job !== next) Object.assign(job, { canvases: {}, ours: null }); // memory
  job = next;
  const { image, entry, kernel, border, signed } = job, { flip } = state, known = nameOf(kernel, flip);
  compared = entry ?? compared;
  compute(job);
  const values = { kernel: state.kernel, border, preset: run.presets[known] ?? "" };
  for (const [id, value] of Object.entries(values)) if ($(id).value !== value) $(id).value = value;
  [$("flip").checked, $("signed").checked, $("again").disabled] = [flip, signed, signed];
  $("channel").hidden = image.planes.length === 1;
  for (const other of run.kernels)
    other.chooser.ariaCurrent = String(other === entry || (image !== original && other.name === known));
  refuse("error", "");
  refuse("unread", "");
  $("image-name").textContent = image.name;
  $("summary").hidden = !entry;
  const words = [`${image.width} x ${image.height} pixels, border ${border}`, signed && "signed"];
  words.push(flip && "flipped", !entry && "computed in your browser, not compared");
  $("heading").textContent = words.filter(Boolean).join(", ");
  const command = commandLine(job, known ?? `"${textOf(kernel, flip)}"`, flip);
  $("command").textContent = (image.before ?? "") + command;
  describe();
}

// Compute a whole result: at once where that is quick; else in parts, between which the page answers.
async function compute(target) {
  const { width, height, planes } = target.image, clipped = [0, 0];
  if (target.ours) return;
  const results = planes.map(() => newPlane(target, width * height));
  for (let y = 0, pause = performance.now() + 40; y < height && target === job; y++) {
    results.forEach((plane, n) => {
      const counts = filterRow(target, n, y, plane.subarray(y * width, (y + 1) * width));
      counts.forEach((number, end) => (clipped[end] += number));
    });
    if (performance.now() < pause) continue;
    target.progress = `, ${Math.floor((100 * y) / height)} % computed`;
    draw();
    await new Promise((resume) => setTimeout(resume));
    pause = performance.now() + 80;
  }
  target.progress = "";
  if (target !== job) return;
  if (target.signed && !target.entry) target.white = signedRange(results, target.image);
  target.clipped = clipped.map((number) => number / (planes.length * width * height));
  Object.assign(target, { ours: results, canvases: {} });
  describe();
  draw();
}

// ---- Kernels in words

// Say what the kernel is for, what its weights do to the image, and how they are built.
function describe() {
  const { kernel, entry, signed, white, low, high, clipped: [below, above] } = job;
  const { integers, divisor, scale, hint } = kernel, total = integers.reduce((all, one) => all + one, 0n);
  const sum = fraction(total, scale * divisor), text = numberText(sum);
  const flat = `The weights add up to ${text}: flat areas`;
  const rounds = (part) => part >= 0.01 && (part <= 0.99 || part === 1);
  const percent = (part) => (rounds(part) ? Math.round(100 * part) : part < 0.5 ? "Under 1" : "Over 99");
  const cut = (part, side, limit, colour) =>
    `${percent(part)} % of the sums are ${side} ${limit} and became ${limit}${signed ? "" : `, ${colour}`}.`;
  const words = [`${flat} become ${text} times as bright.`];
  if (total <= 0n) words[0] = `${flat} become ${total ? "negative" : signed ? "0, grey" : "0, black"}.`;
  if (sum.n === sum.d) words[0] = `${flat} keep their brightness.`;
  if (above) words.push(cut(above, "above", high, "white"));
  const divided = () => apply({ kernel: textOf({ ...kernel, divisor: total }, state.flip, "\n") });
  if (above && sum.n > sum.d && scale === 1n) words.push(button(`divide by ${text}`, divided));
  if (below) words.push(cut(below, "below", low, "black"));
  if (below && !signed) words.push(button("show them", () => apply({ signed: true })));
  if (white) words.push(`Grey means 0, white ${white} or more, black ${-white} or less.`);
  words.push(structure(kernel), hint && `Mind that ${hint}.`, entry?.note, job.image.note);
  $("about").textContent = run.about[nameOf(kernel, state.flip)] ?? "";
  $("note").replaceChildren(...words.filter(Boolean).flatMap((word) => [word, " "]));
}

function structure({ integers, rows, columns, divisor, scale, ...kernel }) {
  const same = (sign) => integers.every((weight, tap) => weight === sign * integers.at(-1 - tap));
  const change = same(1n) ? "changes nothing" : same(-1n) ? "only changes its sign" : "gives another kernel";
  if (Math.min(rows, columns) === 1) return `Flipping it ${change}.`;
  if (scale !== 1n) return `Flipping it ${change}.`;
  if (!kernel.split) return `Flipping it ${change}. It cannot be split into a column and a row.`;
  const equal = (list) => list.length > 9 && new Set(list).size === 1;
  const factor = (list) => `(${equal(list) ? `${list.length} times ${list[0]}` : list.join(" ")})`;
  const over = divisor === 1n ? "" : `, / ${divisor}`;
  const [column, row] = [factor(kernel.split.column), factor(kernel.split.row)];
  return `Flipping it ${change}. It is the column ${column} times the row ${row}${over}.`;
}

// ---- The panels

const panels = ["original", "ours", "theirs", "difference"].map((side) =>
  ({ side, canvas: make("canvas", { role: "img" }), caption: make("figcaption") }));
let frame = null;
const draw = () => (frame ??= requestAnimationFrame(render));
const isPast = (x, y) => x < 0 || y < 0 || x >= job.image.width || y >= job.image.height;
const inkOn = (gray) => (gray > 118 ? "#000" : "#fff"); // a contrast of 4.5 and more
const chosenChannel = () => (job.image.planes.length > 1 ? Number($("channel").value) : 0);

// The largest zoom shows the window of the kernel with a pixel around.
function mostZoom() {
  const { padded: { width, height }, kernel: { rows, columns } } = job;
  const { clientWidth: wide, clientHeight: high } = panels[0].canvas;
  const fit = Math.min(wide / width, high / height);
  return Math.max(1, Math.min(wide / (columns + 2), high / (rows + 2)) / fit || 1);
}

function render() {
  const { image, padded, rx, ry, entry } = job;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const wide = $("panels").clientWidth * (narrow() || !entry?.differing || state.quiz ? 0.48 : 0.39);
  const room = narrow() ? innerHeight / 3 : Math.max(16 * rem, innerHeight - 35 * rem);
  const limit = (value, half, size, reach) => clamp(value, half - reach, size + reach - half);
  state.viewX = limit(state.viewX, padded.width / 2 / state.zoom, image.width, rx);
  state.viewY = limit(state.viewY, padded.height / 2 / state.zoom, image.height, ry);
  const high = clamp((wide * padded.height) / padded.width, 8 * rem, room) + 1.5 * rem;
  $("panels").style.setProperty("--height", `${high}px`);
  frame = null;
  panels.forEach(drawPanel);
  drawArithmetic();
}

function drawPanel(panel) {
  const { canvas, side } = panel, { image, rx, ry, padded, kernel } = job, { x, y, played } = state;
  if (!canvas.clientWidth) return; // hidden
  const g = canvas.getContext("2d");
  canvas.width = canvas.clientWidth * devicePixelRatio;
  canvas.height = canvas.clientHeight * devicePixelRatio;
  const margin = 4 * devicePixelRatio, [wide, high] = [canvas.width - 2 * margin, canvas.height - 2 * margin];
  const fit = Math.min(wide / padded.width, high / padded.height) * state.zoom;
  const scale = fit > 3 ? Math.floor(fit) : fit; // pixels as equal squares
  const half = [Math.min(wide, padded.width * scale) / 2, Math.min(high, padded.height * scale) / 2];
  const left = Math.round(margin + half[0] - state.viewX * scale);
  const upper = Math.round(margin + half[1] - state.viewY * scale);
  const whole = [0, 0, image.width, image.height], around = [-rx, -ry, padded.width, padded.height];
  Object.assign(panel, { scale, left, upper, half });
  Object.assign(g, { imageSmoothingEnabled: scale < 3, imageSmoothingQuality: "high" });
  g.setTransform(scale, 0, 0, scale, left, upper);
  g.save();
  if (side === "original") {
    g.drawImage(canvasOf(job, side), ...around);
    g.rect(...around);
    g.rect(...whole);
    g.fillStyle = "rgb(20 20 20 / 60%)"; // dark enough for white numbers
    g.fill("evenodd"); // past the edge
  } else {
    if (played !== null) { // only what the window has passed
      g.fillStyle = "rgb(128 128 128 / 25%)";
      g.fillRect(...whole);
      g.rect(0, 0, image.width, y);
      g.rect(0, y, x + 1, 1);
      g.clip();
    }
    const shown = canvasOf(job, side), part = !shown && !(job.apart && side !== "ours") && visiblePart(panel);
    if (shown) g.drawImage(shown, ...whole);
    else if (part) g.drawImage(part.canvas, part.x, part.y, part.width, part.height);
  }
  g.restore();
  g.resetTransform();
  if (scale >= 30 * devicePixelRatio) drawNumbers(g, panel);
  if (side === "original") {
    outline(g, panel, x - rx, y - ry, kernel.columns, kernel.rows, "#fff");
  }
  outline(g, panel, x, y, 1, 1, "#ffbe28");
}

const MOST_WORK = 3e7; // products of pixels and weights in a frame, or the page would freeze

// While a result is not known: compute what the screen shows of it, every n-th pixel of the visible part.
function visiblePart({ canvas, scale, left, upper }) {
  const { image, kernel } = job;
  const within = (from, room, size) =>
    [clamp(Math.floor(-from / scale), 0, size - 1), clamp(Math.ceil((room - from) / scale), 1, size)];
  const [x, right] = within(left, canvas.width, image.width);
  const [y, lower] = within(upper, canvas.height, image.height);
  const work = (right - x) * (lower - y) * kernel.values.length;
  const every = Math.max(1, Math.round(1 / scale), Math.ceil(Math.sqrt(work / MOST_WORK)));
  const key = [x, y, right, lower, every].join();
  if (job.part?.key !== key) job.part = { key, ...partOf(job, x, y, right, lower, every) };
  return job.part;
}

function partOf(target, x, y, right, lower, every) {
  const width = Math.ceil((right - x) / every), height = Math.ceil((lower - y) / every);
  const planes = target.image.planes.map((_, n) => {
    const plane = newPlane(target, width * height);
    for (let row = 0; row < height; row++)
      filterRow(target, n, y + row * every, plane.subarray(row * width, (row + 1) * width), x, every);
    return plane;
  });
  if (target.signed) target.white ??= signedRange(planes, { width, height });
  const canvas = paint(planes, { width, height }, (value) => grayOf(target, "ours", value));
  return { canvas, x, y, width: width * every, height: height * every };
}

function drawNumbers(g, { side, scale, left, upper }) {
  const { image } = job, { width, height } = g.canvas;
  const [rx, ry] = side === "original" ? [job.rx, job.ry] : [0, 0];
  const first = (from, reach) => Math.max(-reach, Math.floor(-from / scale));
  Object.assign(g, { font: `${scale * 0.34}px monospace`, textAlign: "center", textBaseline: "middle" });
  for (let y = first(upper, ry); y < image.height + ry && upper + y * scale < height; y++) {
    for (let x = first(left, rx); x < image.width + rx && left + x * scale < width; x++) {
      const filled = state.played === null || y * image.width + x <= state.played;
      if (side !== "original" && (state.predict || !filled)) return;
      const value = valueAt(job, side, chosenChannel(), x, y);
      g.fillStyle = isPast(x, y) ? "#fff" : inkOn(grayOf(job, side, value));
      g.fillText(value, left + (x + 0.5) * scale, upper + (y + 0.5) * scale);
    }
  }
}

function outline(g, { scale, left, upper }, x, y, columns, rows, colour) {
  const [wide, tall] = [columns, rows].map((taps) => Math.max(taps * scale, 7 * devicePixelRatio));
  const corner = [left + (x + columns / 2) * scale - wide / 2, upper + (y + rows / 2) * scale - tall / 2];
  for (const [strokeStyle, lineWidth] of [["#000", 4 * devicePixelRatio], [colour, 2 * devicePixelRatio]])
    Object.assign(g, { strokeStyle, lineWidth }).strokeRect(...corner, wide, tall);
}

// ---- The arithmetic: text, and grids of numbers

const isSmall = () => Math.max(job.kernel.rows, job.kernel.columns) <= 9; // enough for fields and products

function drawArithmetic() {
  const { kernel: { rows, columns, divisor }, entry } = job, { x, y, pinned, note, played, running } = state;
  const { pixels, total } = exactAt(job, chosenChannel(), x, y), small = isSmall(), shown = squareWeights();
  const apart = entry?.differing ? `${entry.differing} differ` : "none";
  const input = job.image === original ? "original" : "image";
  const captions = [input, "result" + job.progress, "filter2D", `difference: ${apart}`];
  panels.forEach(({ canvas, caption, side }, n) => {
    const told = n === 0 || (n < 3 && !state.predict && !state.quiz);
    const value = told ? valueAt(job, side, chosenChannel(), x, y) : "";
    canvas.ariaLabel = captions[n];
    caption.replaceChildren(captions[n], make("b", { textContent: value }));
  });
  $("text").textContent = arithmeticText(job, x, y);
  $("place").textContent = `${x},${y}`;
  $("pin").textContent = pinned ? "pinned" : note || (played === null || running ? "" : "paused");
  const [high, wide, near] = small ? [rows, columns, 3] : [7, 7, 7];
  const around = neighbours("original", high, wide);
  const strongest = shown.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const products = shown.values.map((value, tap) => value * pixels[tap]);
  const product = (value) => ({ text: String(+value.toPrecision(6)), tint: value / strongest / 255 });
  drawGrid("window", small ? "window" : "window, its middle 7 x 7", around, wide);
  drawGrid("products", small ? "products" : "", small ? products.map(product) : [], columns);
  drawGrid("near", "result", neighbours("ours", near, near), near);
  drawKernel(shown, strongest);
  for (const sign of document.querySelectorAll(".between")) sign.hidden = !small;
  const sum = toFloat(fraction(total.n * shown.divisor, total.d * divisor));
  const over = shown.divisor === 1n ? "" : `/ ${shown.divisor}\n`;
  $("sum").replaceChildren(`sum ${+sum.toPrecision(7)}\n${over}`, make("b", { textContent: "→" }));
  $("positive").hidden = !shown.values.some((value) => value > 0);
  $("negative").hidden = !shown.values.some((value) => value < 0);
  $("past").hidden = !around.some(({ kind }) => kind === "past");
  $("edge").textContent = job.border;
}

// Return the weights as the square shows them: in lowest terms, or over the divisor before they were edited.
function squareWeights() {
  const { cells, divisor, integers, scale } = job.kernel, unit = state.unit ?? divisor;
  const isEdited = scale === 1n && unit !== divisor;
  const texts = isEdited ? integers.map((weight) => numberText(fraction(weight * unit, divisor))) : [];
  const isDecimal = isEdited && !texts.some((text) => text.endsWith("..."));
  const shown = isDecimal ? { cells: texts, divisor: unit } : { cells, divisor };
  return { ...shown, values: shown.cells.map(Number) };
}

// The fields stay while the pixel or the numbers change: one of them may be dragged or typed in.
function drawKernel({ cells, divisor, values }, strongest) {
  const { rows, columns } = job.kernel, square = $("square"), shape = `kernel ${rows} x ${columns}`;
  const field = (_, tap) => {
    const ariaLabel = `weight in row ${Math.floor(tap / columns) + 1}, column ${(tap % columns) + 1}`;
    return { field: make("input", { inputMode: "decimal", autocomplete: "off", ariaLabel }) };
  };
  if (square.shape !== shape) {
    if (isSmall()) drawGrid("square", "", cells.map(field), columns);
    else square.replaceChildren(make("p"), make("canvas", { role: "img", width: columns, height: rows }));
    square.shape = shape;
  }
  square.firstChild.textContent = shape + (divisor === 1n ? "" : ` / ${divisor}`);
  if (!isSmall()) return drawWeights(square.lastChild, values, strongest);
  [...square.querySelectorAll("input")].forEach((input, tap) => {
    if (input !== document.activeElement || input.dragged) input.value = input.title = cells[tap];
    input.parentElement.style.background = tinted(values[tap] / strongest);
  });
  return fitDigits(square.lastChild, cells, columns);
}

// A kernel too large for fields is drawn, a pixel for each weight.
function drawWeights(canvas, values, strongest) {
  if (canvas.job === job) return;
  const g = canvas.getContext("2d"), colours = getComputedStyle(canvas);
  Object.assign(canvas, { job, ariaLabel: "the weights: orange is positive, blue negative" });
  g.clearRect(0, 0, canvas.width, canvas.height);
  values.forEach((value, tap) => {
    g.fillStyle = tinted(value / strongest, (part) => colours.getPropertyValue(part)) || "#8883";
    g.fillRect(tap % canvas.width, Math.floor(tap / canvas.width), 1, 1);
  });
}

const tinted = (tint, colour = (part) => `var(${part})`) =>
  tint ? `rgb(${colour(tint > 0 ? "--plus" : "--minus")} / ${0.1 + 0.6 * Math.abs(tint)})` : "";

function neighbours(side, rows, columns) {
  return Array.from({ length: rows * columns }, (_, at) => {
    const x = state.x + (at % columns) - (columns >> 1), y = state.y + Math.floor(at / columns) - (rows >> 1);
    const value = valueAt(job, side, chosenChannel(), x, y), itself = x === state.x && y === state.y;
    const kind = side === "original" && isPast(x, y) ? "past" : itself ? "here" : "";
    return { text: String(value), gray: grayOf(job, side, value), kind };
  });
}

function drawGrid(id, title, cells, columns) {
  const table = make("table", { role: "presentation" });
  const boxes = cells.map(({ text, gray, tint, kind = "", field }) => {
    const box = make("td", { className: kind }, field ?? text), isGray = gray !== undefined && text;
    box.style.background = isGray ? `rgb(${gray} ${gray} ${gray})` : tint ? tinted(tint) : "";
    if (isGray) box.style.color = inkOn(gray);
    return box;
  });
  table.append(make("tbody", {}, ...inRows(boxes, columns).map((row) => make("tr", {}, ...row))));
  fitDigits(table, cells.map(({ text = "" }) => text), columns);
  $(id).replaceChildren(make("p", { textContent: title }), table);
}

// Choose the size of the cells, and of digits by which the longest number fits into its cell.
function fitDigits(table, texts, columns) {
  const room = narrow() ? Math.max(1.6, 10.5 / columns) : 9;
  const size = Math.min(columns > 5 ? 2 : columns > 3 ? 2.5 : 2.8, room);
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 1);
  table.style.setProperty("--cell", `${size}rem`);
  table.style.setProperty("--digits", `${clamp((size - 0.4) / (0.6 * longest), 0.5, 1)}rem`);
}

// ---- Weights of one's own: typed as text, typed into the square, or dragged

let warning; // before an unfinished kernel is called wrong

// Try what was typed. What is no kernel is told after a moment; the images stay those of the kernel before.
function attempt(changes, wait = 700) {
  clearTimeout(warning);
  try {
    apply(changes);
  } catch ({ message }) {
    warning = setTimeout(() => refuse("error", `${message}. The images show the kernel before.`), wait);
  }
}

function refuse(id, text) {
  Object.assign($(id), { textContent: text, hidden: !text });
  $("copy").disabled = $("link").disabled = !$("error").hidden;
  if (!$("error").hidden) $("command").textContent = "";
}

// Take the numbers of the square as the kernel.
function useSquare() {
  const { divisor } = squareWeights(), { columns } = job.kernel;
  const typed = [...$("square").querySelectorAll("input")].map((field) => field.value.trim() || "0");
  attempt({ kernel: kernelText(turned(typed, state.flip), { columns, divisor }, "\n"), unit: divisor });
}

// Change a number by steps of its last decimal.
function addTo(field, text, steps) {
  const decimals = (text.split(".")[1] ?? "").length, sum = Number(text) + steps / 10 ** decimals;
  if (!Number.isFinite(sum) || /e/i.test(text)) return;
  field.value = sum.toFixed(decimals);
  useSquare();
}

function listenToSquare(square) {
  let held = null; // the field that is dragged, from where, and its text
  square.onpointerdown = ({ target, clientX, pointerId }) => {
    if (target.tagName !== "INPUT" || target === document.activeElement) return;
    held = { field: target, from: clientX, text: target.value };
    target.setPointerCapture(pointerId);
  };
  square.onpointermove = ({ clientX, shiftKey }) => {
    const steps = held ? Math.round((clientX - held.from) / 8) : 0;
    if (!held || (!steps && !held.field.dragged)) return;
    held.field.dragged = true;
    addTo(held.field, held.text, steps * (shiftKey ? 10 : 1));
  };
  square.onpointerup = square.onpointercancel = () => {
    if (held?.field.dragged) held.field.blur();
    else held?.field.select();
    if (held) held.field.dragged = false;
    held = null;
  };
  square.onkeydown = ({ key, target, shiftKey }) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[key];
    if (way) addTo(target, target.value, way * (shiftKey ? 10 : 1));
  };
  square.oninput = useSquare;
  square.onfocusout = draw; // numbers in their usual form
}

// ---- The image, and the kernels of the run

async function useImage(file) {
  if (!file) return;
  useImage.latest = file;
  try {
    const own = await readImage(file, original.planes.length > 1);
    if (useImage.latest !== file) return; // another one was dropped meanwhile
    setSpeed(own);
    apply({ image: own, x: own.width >> 1, y: own.height >> 1, pinned: false, zoom: 1 });
  } catch (error) {
    const why = error instanceof DOMException ? "not an image that this browser knows" : error.message;
    refuse("unread", `cannot read ${file.name}: ${why}`);
  }
}

// Show a kernel of the run: its comparison, or on an image of one's own what it makes of that.
function choose(entry) {
  if (state.image === original) compare(entry);
  else apply({ kernel: textOf(entry.job.kernel, run.flipped, "\n") });
}

// Go (back) to a comparison of the run, its image and its settings.
function compare(entry, more = {}) {
  const { border, flipped: flip, signed } = run, [x, y] = entry.spot;
  const kernel = textOf(entry.job.kernel, flip, "\n");
  const spot = state.pinned && state.image === original ? {} : { x, y, pinned: false, note: entry.spot_note };
  $("file").value = "";
  setSpeed(original);
  apply({ image: original, kernel, border, flip, signed, ...spot, ...more });
}

// Take the result as the image, with the command that makes it: one kernel after another.
function applyAgain() {
  const { image, name: kernel, ours } = job, made = kernel === "kernel" ? "matrix" : kernel;
  if (!ours) return;
  const stem = (image.path ?? image.name).replace(/^.*[\\/]/, "").replace(/(?<=.)\.[^.]*$/, "");
  const before = `${$("command").textContent} --no-window -o output\n`, { width, height } = image;
  const path = `output/${stem}_${made}.png`;
  apply({ image: { name: `${image.name} after ${kernel}`, path, width, height, planes: ours, before } });
}

// Hide the sum of a pixel, and ask for it; or show it, beside the guess.
function predictPixel() {
  const guess = $("number").value, { pixel } = exactAt(job, chosenChannel(), state.x, state.y);
  const told = `At ${state.x},${state.y} you said ${guess}, it is ${pixel}.`;
  $("told").textContent = state.predict && guess ? told : "";
  $("number").value = "";
  apply({ predict: !state.predict, pinned: true });
}

// ---- A quiz: which kernel made the result?

const shuffled = (list) =>
  list.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b).map(([, item]) => item);

function askQuiz() {
  const [right, ...others] = shuffled(run.kernels), names = others.map((entry) => entry.name);
  const text = textOf(right.job.kernel, run.flipped);
  const more = shuffled(Object.keys(run.presets)).filter((known) => run.presets[known] !== text);
  const wrong = [...new Set([...names, ...more])].slice(0, 3);
  const quiz = { right: right.name, names: shuffled([right.name, ...wrong]) };
  compare(right, { quiz, zoom: 1, predict: false });
  keepNow(); // the link does not tell the answer
  $("question").focus();
}

// Show and hide what the modes do: the quiz, the prediction, a kernel or an image of one's own.
function showModes() {
  const { quiz, predict, played, running } = state, asking = Boolean(quiz && !quiz.answer), own = !job.entry;
  const alone = !job.entry?.differing; // nothing to compare the result with, or nothing to see in that
  const elsewhere = state.image !== original; // where the list's pictures and verdicts are not of this image
  const modes = { quiz: asking, predict, own, alone: alone || asking, elsewhere };
  document.body.className = Object.keys(modes).filter((mode) => modes[mode]).join(" ");
  $("back").classList.toggle("off", !own);
  $("all").classList.toggle("off", played === null);
  $("play").textContent = running ? "❚❚ Pause" : played === Infinity ? "↻ Again" : "▶ Play";
  $("predict").textContent = predict ? "Show the sum" : "Predict this pixel";
  $("guess").hidden = !predict;
  $("quiz").hidden = !quiz;
  if (!quiz || quiz === showModes.quiz) return;
  showModes.quiz = quiz;
  const { right, names, answer } = quiz, verdict = answer === right ? "Right" : `No, not ${answer}`;
  $("question").textContent = answer ? `${verdict}: it is ${right}.` : "Which kernel made this result?";
  const choice = (known) => button(known, () => apply({ quiz: { ...quiz, answer: known } }));
  $("answers").replaceChildren(...(answer ? [] : names.map(choice)));
}

// ---- The link: what lasts over a reload

let keeping;

function keep() {
  clearTimeout(keeping);
  keeping = setTimeout(keepNow, 300); // browsers refuse to do it too often
}

function keepNow() {
  const { border, flip, signed, x, y, pinned, zoom, quiz } = state;
  const kernel = nameOf(job.kernel, flip) ?? textOf(job.kernel, flip);
  const lasting = { kernel, border, flip, signed, x, y, pinned, zoom: +zoom.toFixed(2) };
  history.replaceState(null, "", `#${quiz && !quiz.answer ? "" : new URLSearchParams(lasting)}`);
}

// Return the changes that the link asks for, as far as they make sense.
function linked(hash) {
  const given = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  const { kernel, border, x, y, zoom } = given;
  const changes = {}, borders = [...$("border").options];
  const text = Object.hasOwn(run.presets, kernel) ? run.presets[kernel] : kernel;
  if (text) changes.kernel = text.replaceAll("; ", "\n");
  if (borders.some((option) => option.value === border)) changes.border = border;
  for (const flag of ["flip", "signed", "pinned"]) if (flag in given) changes[flag] = given[flag] === "true";
  if (zoom > 0) changes.zoom = Number(zoom);
  if (!/^[0-9]+,[0-9]+$/.test([x, y])) return changes;
  return { ...changes, x: Number(x), y: Number(y), viewX: Number(x) + 0.5, viewY: Number(y) + 0.5 };
}

// ---- Mouse, touch and keys

function goTo(column, row, more = {}) {
  const [x, y] = clampTo(column, row, job.image), at = y * job.image.width + x;
  apply({ x, y, played: state.played === null ? null : at, ...more });
}

function step(x, y, { shiftKey }) {
  const far = shiftKey ? 10 : 1;
  goTo(state.x + far * x, state.y + far * y, { pinned: true });
  follow();
  const { total, pixel, pixels } = exactAt(job, chosenChannel(), state.x, state.y);
  const told = state.predict ? "" : `, sum ${numberText(total)}, result ${pixel}`;
  $("live").textContent = `${state.x},${state.y}: original ${pixels[pixels.length >> 1]}${told}`;
}

// Move the view so that the whole window of the kernel is in it, with a pixel around.
function follow() {
  const { half, scale } = panels[0], [roomX, roomY] = half.map((size) => size / scale - 1);
  const near = (value, at, room) => clamp(value, at + 0.5 - Math.max(0, room), at + 0.5 + Math.max(0, room));
  state.viewX = near(state.viewX, state.x, roomX - job.rx - 0.5);
  state.viewY = near(state.viewY, state.y, roomY - job.ry - 0.5);
}

// Zoom around a point; it stays where it is.
function zoomAt(factor, x, y) {
  const zoom = clamp(state.zoom * factor, 1, mostZoom()), part = state.zoom / zoom;
  apply({ zoom, viewX: x - (x - state.viewX) * part, viewY: y - (y - state.viewY) * part });
}

function zoomHere(factor) {
  const [x, y] = [state.x + 0.5, state.y + 0.5];
  apply({ viewX: x, viewY: y });
  zoomAt(factor, x, y);
}

function listenTo(panel) {
  const { canvas } = panel;
  let held = null; // where the button or the finger went down
  const point = ({ offsetX, offsetY }) => [(offsetX * devicePixelRatio - panel.left) / panel.scale,
    (offsetY * devicePixelRatio - panel.upper) / panel.scale];
  const hover = (e) => goTo(...point(e).map(Math.floor));
  canvas.onpointerdown = (e) => (held = { x: e.clientX, y: e.clientY, touch: e.pointerType !== "mouse" });
  canvas.onpointermove = (e) => {
    if (held && Math.hypot(e.clientX - held.x, e.clientY - held.y) > 4) held.dragged = true;
    if (held?.dragged && state.zoom > 1) {
      const [x, y] = [e.movementX, e.movementY].map((way) => (way * devicePixelRatio) / panel.scale);
      apply({ viewX: state.viewX - x, viewY: state.viewY - y });
    } else if (!held?.touch && !state.running && state.played === null && !state.pinned) hover(e);
  };
  canvas.onpointercancel = () => (held = null); // a finger scrolls the page
  canvas.onpointerup = (e) => {
    const apart = Math.max(...point(e).map((at, axis) => Math.abs(at - 0.5 - [state.x, state.y][axis])));
    const again = apart * panel.scale < Math.max(panel.scale / 2, (held?.touch ? 12 : 4) * devicePixelRatio);
    if (held && !held.dragged) {
      const pinned = !(state.pinned && again && state.played === null);
      apply({ pinned, played: null, running: false });
      if (pinned) hover(e);
    }
    held = null;
  };
  canvas.onwheel = (e) => {
    if (!e.ctrlKey) return; // the page scrolls
    e.preventDefault();
    zoomAt(Math.exp(-0.002 * e.deltaY), ...point(e));
  };
}

const KEYS = {
  ArrowLeft: (e) => step(-1, 0, e), ArrowRight: (e) => step(1, 0, e),
  ArrowUp: (e) => step(0, -1, e), ArrowDown: (e) => step(0, 1, e),
  "+": () => zoomHere(1.5), "=": () => zoomHere(1.5), "-": () => zoomHere(1 / 1.5), 0: () => zoomHere(0),
  " ": () => play(!state.running), ".": () => (apply({ running: false }), advance(1)),
  Escape: () => apply({ pinned: false, played: null, running: false }),
};

function onKey(e) {
  const pressed = e.key === " " ? "button, summary, [type=checkbox]" : "[type=range]";
  const busy = e.target.closest(`input:not([type=range], [type=checkbox]), textarea, select, ${pressed}`);
  if (e.key === "Escape") e.target.blur();
  else if (busy || e.ctrlKey || e.metaKey || e.altKey) return;
  if (!KEYS[e.key]) return;
  e.preventDefault();
  KEYS[e.key](e);
}

// ---- Play: the window slides in reading order, from the pixel that is pinned or from 0,0

function play(running) {
  const { width, height } = job.image, { pinned, played } = state, at = state.y * width + state.x;
  const start = pinned && at < width * height - 1 && played === null ? at : 0;
  if (running) requestAnimationFrame((now) => tick(now, now));
  apply({ running, played: running && !Number.isFinite(played ?? NaN) ? start : played });
}

function tick(now, before) {
  if (!state.running) return;
  advance(((now - before) / 1000) * 10 ** $("speed").value);
  requestAnimationFrame((next) => tick(next, now));
}

function advance(pixels) {
  const { width, height } = job.image, last = width * height - 1, at = state.y * width + state.x;
  const next = (Number.isFinite(state.played ?? NaN) ? state.played : at) + pixels, ended = next > last;
  const place = Math.min(Math.floor(next), last), played = ended ? Infinity : next;
  apply({ x: place % width, y: Math.floor(place / width), played, running: state.running && !ended });
  follow();
}

// Fit the speed to an image, so that a row takes six seconds; or tell the one that was set.
function setSpeed({ width } = {}) {
  if (width) $("speed").value = Math.log10(Math.max(4, width / 6));
  $("rate").textContent = $("speed").ariaValueText = `${Math.round(10 ** $("speed").value)} pixels a second`;
}

// ---- Start

// Prepare a kernel of the run, and its row in the list.
async function load(entry) {
  const found = newJob(entry.name, original, parseKernel(entry.text), run.border, run.signed, entry);
  const { width, height } = original, small = { width: 108, height: 72 }, every = Math.ceil(width / 200);
  if (entry.result) found.ours = await unpack(entry.result, original, run.signed);
  if (entry.difference) found.apart = await unpack(entry.difference, original, run.signed);
  const shown = found.ours ? canvasOf(found, "ours") : partOf(found, 0, 0, width, height, every).canvas;
  const fit = Math.min(small.width / width, small.height / height), canvas = make("canvas", small);
  canvas.getContext("2d").drawImage(shown, 0, 0, width * fit, height * fit);
  entry.chooser = button(entry.name);
  const size = make("div", { className: "small", textContent: entry.size });
  const row = make("tr", { className: entry.verdict, onclick: () => choose(entry) });
  row.append(make("td", {}, canvas), make("td", {}, entry.chooser, size));
  row.append(make("td", { className: "verdict", textContent: entry.verdict_text }));
  $("rows").append(row);
  Object.assign(found, { canvases: {} });
  entry.job = found;
}

// Copy a text, and say on the button if that was allowed.
async function copy(id, text, done = "Copied") {
  const element = $(id), label = element.dataset.label ??= element.textContent;
  const copied = navigator.clipboard?.writeText(text) ?? Promise.reject(Error());
  element.textContent = await copied.then(() => done, () => "Not allowed here: select and copy it");
  setTimeout(() => (element.textContent = label), 2000);
}

function listen() {
  for (const panel of panels) $("panels").append(make("figure", {}, panel.caption, panel.canvas));
  panels.forEach(listenTo);
  listenToSquare($("square"));
  const presets = Object.entries(run.presets).map(([text, value]) => make("option", { text, value }));
  $("preset").append(...presets);
  const preset = () => $("preset").value && apply({ kernel: $("preset").value.replaceAll("; ", "\n") });
  const actions = {
    kernel: () => attempt({ kernel: $("kernel").value }), preset,
    border: () => apply({ border: $("border").value }),
    flip: () => apply({ flip: $("flip").checked }), signed: () => apply({ signed: $("signed").checked }),
    file: () => useImage($("file").files[0]), channel: draw, speed: () => setSpeed(),
  };
  for (const [id, action] of Object.entries(actions)) $(id).oninput = action;
  const clicks = {
    back: () => compare(compared), again: applyAgain,
    ask: askQuiz, another: askQuiz, leave: () => apply({ quiz: null }),
    predict: predictPixel,
    copy: () => copy("copy", $("command").textContent),
    link: () => {
      keepNow();
      copy("link", location.href, state.image === original ? "Copied" : "Copied, but not the image");
    },
  };
  for (const [id, action] of Object.entries(clicks)) $(id).onclick = action;
  for (const key of document.querySelectorAll("[data-key]")) key.onclick = (e) => KEYS[key.dataset.key](e);
  $("speed").onpointerup = () => $("speed").blur();
  // A click does not take the focus, so that the space bar still plays after it.
  document.onmousedown = (e) => e.target.closest("button, #rows tr") && e.preventDefault();
  const dropping = (over) => (e) => (e.preventDefault(), document.body.classList.toggle("drop", over));
  Object.assign(document, { onkeydown: onKey, ondragover: dropping(true), ondragleave: dropping(false) });
  document.ondrop = (e) => (dropping(false)(e), ($("file").value = ""), useImage(e.dataTransfer.files[0]));
  onresize = draw;
  onhashchange = ({ newURL }) => attempt({ ...linked(new URL(newURL).hash), quiz: null }, 0);
}

// Return the kernel that the page opens at: sharpen, or one of 3 x 3 with signs, or the first.
function opening({ kernels }) {
  const signs = ({ job: { kernel: { values } } }) => values.length === 9 && values.some((value) => value < 0);
  return kernels.find((entry) => entry.name === "sharpen") ?? kernels.find(signs) ?? kernels[0];
}

async function begin() {
  document.title = run.name;
  $("summary").textContent = run.summary;
  $("summary").classList.toggle("bad", !run.matches);
  original = { ...run.size, name: run.name, path: run.path };
  original.planes = await unpack(run.image, original);
  for (const entry of run.kernels) await load(entry);
  [$("waiting").hidden, $("app").hidden] = [true, false];
  listen();
  const asked = linked(location.hash), [x, y] = run.place ?? [];
  compare(opening(run), run.place ? { x, y, pinned: true } : {});
  attempt(asked, 0);
}

const ready = begin();
ready.catch(({ message }) => ($("waiting").textContent = `This page needs a newer browser: ${message}`));
