// Packs Fashion-MNIST for the page into web/public/data/fashion.idx, when it can be had; nothing needs it.
//
// Source: the four files of H. Xiao, K. Rasul and R. Vollgraf, gzipped or not, in the folder STRIATE_FASHION_MNIST, where
// Debian's package dataset-fashion-mnist puts them, or in the cache; `npm run build -- fashion` fetches them into the cache
// from their published address. Whatever they come from, the SHA-256 of what they hold must be the one below.
// Result: as digits.idx (digits.mjs): 9,000 images for training, the first 900 of each class of the training set, and 1,000
// held out, the first 100 of each class of the test set; both in the order of their files.
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { at, data } from './lib/paths.mjs';
import { Problem, main } from './lib/steps.mjs';

export const fashionFile = path.join(data, 'fashion.idx');
const fashionSha256 = '36892f50f06623a0098fc05e5007093b2d9bc1d3ec37e0eb60c7643f9b4a4402';
const address = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com';
const debian = '/usr/share/datasets/fashion-mnist';
const side = 28;
const pixels = side * side;
const classes = 10;
/** SHA-256 of the unpacked files. */
const files = {
  'train-images-idx3-ubyte': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
  'train-labels-idx1-ubyte': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  't10k-images-idx3-ubyte': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
  't10k-labels-idx1-ubyte': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
};

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const cache = () =>
  path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'striate', 'fashion-mnist');
const fileIn = (folder, name) => [name, `${name}.gz`].map((one) => path.join(folder, one)).find(fs.existsSync);

/** The folder with all four files; undefined when there is none. */
export function fashionFolder() {
  return [process.env.STRIATE_FASHION_MNIST, debian, cache()].find(
    (folder) => folder && Object.keys(files).every((name) => fileIn(folder, name)),
  );
}

const unpacked = (bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? zlib.gunzipSync(bytes) : bytes);

function checked(name, bytes, from) {
  const hash = sha256(bytes);
  if (hash === files[name]) return bytes;
  throw new Problem(
    `${name} from ${from} has SHA-256 ${hash}, expected ${files[name]}.`,
    'It is not Fashion-MNIST’s file.',
  );
}

/** The first `count` images of each class: their pixels and labels, in the order of the files. */
function firstOfEach(images, labels, count) {
  const taken = Array(classes).fill(0);
  const chosen = [...labels.subarray(8).entries()].filter(([, label]) => taken[label]++ < count);
  return chosen.map(([index, label]) => ({
    label,
    image: images.subarray(16 + index * pixels, 16 + (index + 1) * pixels),
  }));
}

export function packFashion(folder) {
  const read = (name) => checked(name, unpacked(fs.readFileSync(fileIn(folder, name))), folder);
  const all = [
    ...firstOfEach(read('train-images-idx3-ubyte'), read('train-labels-idx1-ubyte'), 900),
    ...firstOfEach(read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte'), 100),
  ];
  const head = (...words) => Buffer.from(Uint32Array.from(words).buffer).swap32();
  return Buffer.concat([
    head(0x803, all.length, side, side),
    ...all.map(({ image }) => image),
    head(0x801, all.length),
    Buffer.from(all.map(({ label }) => label)),
  ]);
}

export function fashionIsReady() {
  return fs.existsSync(fashionFile) && sha256(fs.readFileSync(fashionFile)) === fashionSha256;
}

/** Packs it if the files are at hand. Says whether it is there now. */
export function packFashionAtHand() {
  if (fashionIsReady()) return true;
  fs.rmSync(fashionFile, { force: true });
  const folder = fashionFolder();
  if (!folder) return false;
  const bytes = packFashion(folder);
  if (sha256(bytes) !== fashionSha256) throw new Problem(`The packed Fashion-MNIST has SHA-256 ${sha256(bytes)}.`);
  fs.mkdirSync(data, { recursive: true });
  fs.writeFileSync(`${fashionFile}.new`, bytes);
  fs.renameSync(`${fashionFile}.new`, fashionFile);
  return true;
}

/** Fetches the four files into the cache, unless they are at hand. */
export async function fetchFashion() {
  if (fashionFolder()) return;
  fs.mkdirSync(cache(), { recursive: true });
  for (const name of Object.keys(files)) {
    const url = `${address}/${name}.gz`;
    let packed;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      packed = Buffer.from(await response.arrayBuffer());
    } catch (error) {
      throw new Problem(
        `${url}: ${error.cause?.message ?? error.message}`,
        `Install Debian’s dataset-fashion-mnist, or put the four files into a folder and name it in STRIATE_FASHION_MNIST.`,
      );
    }
    checked(name, unpacked(packed), url);
    fs.writeFileSync(path.join(cache(), `${name}.gz`), packed);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    await fetchFashion();
    packFashionAtHand();
    console.log(path.relative(at('.'), fashionFile));
  });
}
