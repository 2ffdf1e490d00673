// A convolution that truncates: node truncates.js IMAGE.pgm KERNEL.txt OUTPUT.pgm
const fs = require("fs");
const [imageName, kernelName, outputName] = process.argv.slice(2);

const file = fs.readFileSync(imageName);
const header = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString("latin1"));
const width = Number(header[1]), height = Number(header[2]);
const pixels = file.subarray(header[0].length);
const lines = fs.readFileSync(kernelName, "utf8").trim().split("\n");
const kernel = lines.map((line) => line.split(" ").map(Number));

const inside = (value, size) => Math.min(Math.max(value, 0), size - 1);
const rows = kernel.length, columns = kernel[0].length;
const output = Buffer.alloc(width * height);
for (let y = 0; y < height; y++)
  for (let x = 0; x < width; x++) {
    let sum = 0;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const row = inside(y + i - (rows >> 1), height), column = inside(x + j - (columns >> 1), width);
        sum += kernel[i][j] * pixels[row * width + column];
      }
    output[y * width + x] = Math.min(Math.max(sum, 0), 255); // a Uint8ClampedArray would round
  }
fs.writeFileSync(outputName, Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), output]));
