// The contract of convolve in JavaScript: images, sums, and the arithmetic in the words of --at.

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
  const { width, height } = bitmap, read = readCanvas(bitmap);
  const stored = read.some((pixel) => pixel >>> 24 < 255) ? readTexture(bitmap) : read;
  const pixels = stored ?? read;
  const [red, green, blue] = [0, 8, 16].map((shift) => (pixel) => (pixel >> shift) & 255);
  const gray = (pixel) => (9798 * red(pixel) + 19235 * green(pixel) + 3735 * blue(pixel) + 16384) >> 15;
  const planes = (colour ? [blue, green, red] : [gray]).map((channel) => new Uint8Array(pixels.map(channel)));
  const note = "It is partly transparent, and this browser does not tell the colours below: they may be off.";
  return { name: file.name, width, height, planes, note: stored ? "" : note };
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
    fail("this browser changes what pages read of images, as a protection from fingerprinting");
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
  return gl.getError() ? null : new Uint32Array(pixels.buffer);
}

// ---- Convolution. A job is one kernel on one image, and what is known of its result

function source(place, size, border) {
  const around = (period) => ((place % period) + period) % period, twice = Math.max(1, 2 * size - 2);
  if (place >= 0 && place < size) return place;
  if (border === "replicate") return place < 0 ? 0 : size - 1; // aaa|abcd|ddd
  if (border === "reflect") return Math.min(around(2 * size), 2 * size - 1 - around(2 * size)); // cb|abc|ba
  if (border === "reflect101") return Math.min(around(twice), twice - around(twice)); // dcb|abcd|cba
  return border === "wrap" ? around(size) : -1; // bcd|abcd|abc, 000|abcd|000
}

// entry: the run's data about the kernel, or null for one of the user's own.
function newJob(title, image, kernel, border, signed, entry = null) {
  const [low, high] = signed ? [-32768, 32767] : [0, 255], ry = kernel.rows >> 1, rx = kernel.columns >> 1;
  const padded = { width: image.width + 2 * rx, height: image.height + 2 * ry };
  const shown = { canvases: {}, progress: "", white: entry?.white, clipped: entry?.clipped ?? [0, 0] };
  return { name: title, image, kernel, border, signed, entry, low, high, rx, ry, padded, ...shown };
}

// Return the planes with the border around; an image keeps its latest, as most changes are to weights.
function paddedPlanes({ image, padded: { width, height }, rx, ry, border }) {
  const key = [rx, ry, border].join();
  if (image.padded?.key === key) return image.padded.planes;
  const past = [...Array(width).keys()].filter((x) => x < rx || x >= rx + image.width);
  const sources = past.map((x) => source(x - rx, image.width, border));
  const planes = image.planes.map((plane) => {
    const result = new Uint8Array(width * height + 3); // addFour reads on, times 0
    for (let y = 0; y < height; y++) {
      const from = source(y - ry, image.height, border) * image.width;
      if (from < 0) continue;
      const row = plane.subarray(from, from + image.width);
      result.set(row, y * width + rx);
      past.forEach((x, at) => (result[y * width + x] = row[sources[at]] ?? 0));
    }
    return result;
  });
  image.padded = { key, planes };
  return planes;
}

// Return room for a result. A clamped array saturates, and rounds halves to even, by itself.
const newPlane = ({ signed }, size) => (signed ? new Int16Array(size) : new Uint8ClampedArray(size));

// Add every n-th pixel from a place on, times a weight.
function addTap(sums, pixels, weight, start, every) {
  if (weight) for (let x = 0, at = start; x < sums.length; x++, at += every) sums[x] += weight * pixels[at];
}

// Add four neighbours times their weights. Each pixel is read once for all four: that takes half the time.
function addFour(sums, pixels, weights, start) {
  const a = weights[0], b = weights[1], c = weights[2], d = weights[3];
  let at = start, p = pixels[at++], q = pixels[at++], r = pixels[at++];
  for (let x = 0; x < sums.length; x++) {
    const s = pixels[at++];
    sums[x] += a * p + b * q + c * r + d * s;
    p = q, q = r, r = s;
  }
}

// Return the weights in groups of four neighbours, as floats, and how far from the first pixel they are.
function newFours({ rows, columns, values }, width) {
  const fours = [];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j += 4) {
      const weights = new Float64Array(4);
      weights.set(values.slice(i * columns + j, i * columns + Math.min(j + 4, columns)));
      fours.push({ weights, reach: i * width + j });
    }
  return fours.filter(({ weights }) => weights.some(Boolean));
}

// Compute pixels left, left + every, ... of a row, into a part of a newPlane. Return how many responses are
// below and above the range.
// Floats hold sums of whole numbers exactly; where others are nearly halves, the exact sum decides.
function filterRow(job, n, y, result, left = 0, every = 1) {
  const { kernel, low, high, signed, padded: { width } } = job, { columns, quotient, tolerance } = kernel;
  const plane = paddedPlanes(job)[n], sums = new Float64Array(result.length), start = y * width + left;
  if (kernel.split && !tolerance) {
    // A column times a row: first down the column at each pixel that the row needs, then along the row.
    const down = new Float64Array((result.length - 1) * every + columns);
    kernel.split.column.forEach((weight, i) => addTap(down, plane, Number(weight), start + i * width, 1));
    kernel.split.row.forEach((weight, j) => addTap(sums, down, Number(weight), j, every));
  } else if (every === 1) {
    job.fours ??= newFours(kernel, width);
    for (const { weights, reach } of job.fours) addFour(sums, plane, weights, start + reach);
  } else {
    const reach = (tap) => Math.floor(tap / columns) * width + (tap % columns);
    kernel.values.forEach((weight, tap) => addTap(sums, plane, weight, start + reach(tap), every));
  }
  let below = 0, above = 0;
  for (let x = 0; x < result.length; x++) {
    const response = sums[x] / quotient;
    if (response < low - tolerance) below++;
    if (response > high + tolerance) above++;
    // Floats of 2**52 have no fractions: adding and subtracting it rounds as a clamped array does.
    result[x] = signed ? Math.min(Math.max(response, low), high) + 1.5 * 2 ** 52 - 1.5 * 2 ** 52 : response;
    if (tolerance && Math.abs(response - Math.floor(response) - 0.5) < tolerance)
      result[x] = exactAt(job, n, left + x * every, y).pixel;
  }
  return [below, above];
}

// Return the pixels under the kernel, their exact sum, the response, and the pixel that it becomes.
function exactAt(job, n, x, y) {
  const { kernel, image, padded, rx, ry, low, high } = job, { integers, columns } = kernel;
  const plane = paddedPlanes(job)[n], within = (at, reach, size) => at >= reach && at < reach + size;
  const places = integers.map((_, tap) => [x + (tap % columns), y + Math.floor(tap / columns)]);
  const pixels = places.map(([column, row]) => plane[row * padded.width + column]);
  const inside = places.map(([a, b]) => within(a, rx, image.width) && within(b, ry, image.height));
  const sum = integers.reduce((all, weight, tap) => all + weight * BigInt(pixels[tap]), 0n);
  const total = fraction(sum, kernel.scale), response = fraction(sum, kernel.scale * kernel.divisor);
  const nine = rounded(response.n * NINE, response.d), nearest = rounded(nine, NINE);
  const pixel = Math.min(Math.max(Number(nearest), low), high);
  return { pixels, inside, total, response, nearest, pixel, half: mod(nine, NINE) === NINE / 2n };
}

// The page holds how far filter2D's pixels are from convolve's, modulo 2**8 or 2**16.
function theirsOf({ apart, signed }, n, at, ours) {
  const sum = ours + (apart?.[n][at] ?? 0);
  return signed ? (sum << 16) >> 16 : sum & 255;
}

// Return a value of a panel.
function valueAt(job, side, n, x, y) {
  const { image, border } = job, { width, height } = image;
  const row = source(y, height, border), column = source(x, width, border);
  if (side === "original") return row < 0 || column < 0 ? 0 : image.planes[n][row * width + column];
  if (x < 0 || y < 0 || x >= width || y >= height) return "";
  const at = y * width + x, ours = job.ours ? job.ours[n][at] : exactAt(job, n, x, y).pixel;
  const theirs = theirsOf(job, n, at, ours);
  return { ours, theirs, difference: Math.abs(ours - theirs) }[side];
}

// ---- The arithmetic in the words of --at

function arithmeticText(job, x, y) {
  const { kernel, image } = job, colours = image.planes.length > 1 ? [", blue", ", green", ", red"] : [""];
  return colours.flatMap((colour, n) => {
    const at = exactAt(job, n, x, y), small = kernel.cells.length <= 49;
    const sum = small ? [...squares(job, at), ...sumLines(kernel, at)] : shortLines(job, at);
    const lines = [...sum, ...pixelLines(job, at, n, x, y)].map((line) => "  " + line);
    return [`${job.name}${colour} at ${x},${y}`, ...lines];
  }).join("\n");
}

function aligned(texts) {
  const width = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return texts.map((text) => text.padStart(width));
}

function squares({ kernel, border }, { pixels, inside }) {
  const texts = aligned(pixels.map((pixel, tap) => (inside[tap] ? `${pixel} ` : `[${pixel}]`)));
  const weights = inRows(aligned(kernel.cells), kernel.columns);
  const rows = inRows(texts, kernel.columns).map((row) => row.join(" "));
  const lines = rows.map((row, i) => `${row}     ${weights[i].join("  ")}`);
  if (kernel.divisor !== 1n) lines.push(`${lines.pop()}   / ${kernel.divisor}`);
  return inside.every(Boolean) ? lines : [...lines, `[ ] is past the edge: border ${border}`];
}

function sumLines(kernel, { pixels, total }) {
  const factors = kernel.cells.map((cell, tap) => (kernel.integers[tap] < 0n ? `(${cell})` : cell));
  const terms = factors.map((factor, tap) => `${pixels[tap]}*${factor}`);
  const lines = inRows(terms, kernel.columns).map((row, i) => (i ? "+ " : "  ") + row.join(" + "));
  return [...lines, `= ${numberText(total)}`];
}

function shortLines({ kernel, border }, { pixels, inside, total }) {
  const outside = inside.filter((own) => !own).length, size = `${kernel.rows} x ${kernel.columns}`;
  const past = outside ? `, ${outside} of them past the edge (border ${border})` : "";
  const [least, most] = [Math.min, Math.max].map((of) => pixels.reduce((a, b) => of(a, b)));
  return [`a window of ${size} = ${pixels.length} pixels${past},`,
    `from ${least} to ${most}; the sum of pixel*weight`, `= ${numberText(total)}`];
}

function pixelLines(job, { response, nearest, pixel, half }, n, x, y) {
  const lines = [], { divisor } = job.kernel, { d } = response;
  if (divisor !== 1n) lines.push(`/ ${divisor} = ${numberText(response)}`);
  if (d !== 1n) lines.push(`rounds to ${nearest}${half ? " (halfway: to the even one)" : ""}`);
  if (BigInt(pixel) !== nearest)
    lines.push(`saturates to ${pixel}, as pixels go from ${job.low} to ${job.high}`);
  if (!job.entry) return [...lines, `computed in your browser: ${pixel}`];
  const [ours, theirs] = ["ours", "theirs"].map((side) => valueAt(job, side, n, x, y));
  const fromHalf = toFloat(fraction(abs(2n * mod(response.n, d) - d), 2n * d));
  const tie = Math.abs(ours - theirs) <= 1 && ours === pixel && fromHalf <= (job.entry.tolerance ?? -1);
  const apart = ours === theirs ? "" : tie ? ", a tie" : ", which differs";
  return [...lines, `convolve ${ours}, filter2D ${theirs}${apart}`];
}

function kernelText(cells, { columns, divisor }, between) {
  const rows = inRows(between === "\n" ? aligned(cells) : cells, columns).map((row) => row.join(" "));
  return rows.join(between) + (divisor === 1n ? "" : ` / ${divisor}`);
}

// Return the command line of a run that does the same. kernel: a name, or text in quotes.
function commandLine({ image, border, signed }, kernel, flip) {
  const given = image.path ?? image.name, bare = /^[\w./-]+$/.test(given);
  const single = /["$`\\!]/.test(given); // double quotes would change something
  const path = bare ? given : single ? `'${given.replaceAll("'", "'\\''")}'` : `"${given}"`;
  const color = image.planes.length > 1;
  const options = { [`border ${border}`]: border !== "replicate", flip, signed, color };
  const chosen = Object.keys(options).filter((option) => options[option]).map((option) => ` --${option}`);
  return `python convolutions.py --image ${path} --kernel ${kernel}${chosen.join("")}`;
}

// ---- Images of what is known about a job

// Return the response that is drawn white: signed_range of panels.py. One in a hundred may exceed it.
function signedRange(planes, { width, height }) {
  const every = Math.ceil(Math.sqrt((planes.length * width * height) / 1e6)), found = [];
  for (const plane of planes)
    for (let y = 0; y < height; y += every)
      for (let x = 0; x < width; x += every) found.push(Math.abs(plane[y * width + x]));
  const strengths = Int32Array.from(found).sort(), at = 0.99 * (strengths.length - 1);
  const [low, high = low] = strengths.subarray(Math.floor(at));
  return Math.min(Math.trunc(low + (high - low) * (at % 1)) || Math.max(1, strengths.at(-1)), 32767);
}

function paint(planes, { width, height }, shade = (value) => value) {
  const canvas = new OffscreenCanvas(width, height), g = canvas.getContext("2d");
  const pixels = g.createImageData(width, height), data = new Uint32Array(pixels.data.buffer);
  const last = planes[0].BYTES_PER_ELEMENT === 2 ? 65535 : 255, shades = new Uint8ClampedArray(last + 1);
  for (let value = 0; value <= last; value++) shades[value] = shade(last > 255 ? (value << 16) >> 16 : value);
  const [blue, green = blue, red = blue] = planes;
  for (let at = 0; at < data.length; at++) {
    const high = (255 << 24) | (shades[blue[at] & last] << 16);
    data[at] = high | (shades[green[at] & last] << 8) | shades[red[at] & last];
  }
  g.putImageData(pixels, 0, 0);
  return canvas;
}

// Return how a value is drawn: of signed responses, 0 is middle gray; differences are brightened.
function grayOf(job, side, value) {
  if (side === "difference") return value && 160 + ((value - 1) * 95) / 254;
  return side !== "original" && job.white ? (value / job.white + 1) * 127.5 : value;
}

function paddedCanvas(job) {
  const planes = paddedPlanes(job);
  return (job.image.padded.canvas ??= paint(planes, job.padded));
}

// Return the image of a panel, or undefined where its result is not known yet.
function canvasOf(job, side) {
  const { canvases, apart, ours, image } = job;
  if (side === "original") return paddedCanvas(job);
  if (!apart && side === "difference") return (canvases.none ??= paint([[0]], { width: 1, height: 1 }));
  if (!apart && side === "theirs") return canvasOf(job, "ours");
  if (!ours || canvases[side]) return canvases[side];
  const shown = (a, b) => (side === "theirs" ? b : Math.abs(a - b));
  const other = (plane, n) => plane.map((pixel, at) => shown(pixel, theirsOf(job, n, at, pixel)));
  const values = side === "ours" ? ours : ours.map(other);
  return (canvases[side] = paint(values, image, (value) => grayOf(job, side, value)));
}
