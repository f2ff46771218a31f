// Digits read from IDX files, moved, and written again.
//
// A digit moved by `distance` pixels goes in one of eight directions, each coordinate −distance, 0 or +distance but not
// both 0, drawn by a fixed generator; what leaves the image is lost, what comes in is paper (0). MNIST's digits leave four
// pixels free on every side, so that up to 4 nothing is lost.
import fs from 'node:fs';

const header = 16;

class Digits {
  constructor(pixels, labels, side) {
    Object.assign(this, { pixels, labels, side });
  }
  get count() {
    return this.labels.length;
  }
  slice(from, to = this.count) {
    const each = this.side ** 2;
    return new Digits(this.pixels.subarray(from * each, to * each), this.labels.subarray(from, to), this.side);
  }
}

export function readDigits(images, labels) {
  const file = fs.readFileSync(images);
  return new Digits(file.subarray(header), fs.readFileSync(labels).subarray(8), file.readUInt32BE(8));
}

/** Writes both files and gives the arguments that name them. */
export function writeDigits({ pixels, labels, side, count }, name) {
  const words = (...values) => {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4));
    return bytes;
  };
  fs.writeFileSync(`${name}-images.idx`, Buffer.concat([words(0x803, count, side, side), pixels]));
  fs.writeFileSync(`${name}-labels.idx`, Buffer.concat([words(0x801, count), labels]));
  return ['--images', `${name}-images.idx`, '--labels', `${name}-labels.idx`];
}

const directions = [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [y, x])).filter(([y, x]) => y !== 0 || x !== 0);

export function shifted(digits, distance, seed) {
  const { side, count } = digits;
  const pixels = Buffer.alloc(digits.pixels.length);
  let state = seed;
  for (let i = 0; i < count; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [dy, dx] = directions[state >>> 29].map((way) => way * distance);
    for (let y = Math.max(0, dy); y < Math.min(side, side + dy); ++y) {
      for (let x = Math.max(0, dx); x < Math.min(side, side + dx); ++x) {
        pixels[(i * side + y) * side + x] = digits.pixels[(i * side + y - dy) * side + x - dx];
      }
    }
  }
  return new Digits(pixels, digits.labels, side);
}
