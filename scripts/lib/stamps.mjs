// Stamps: a step is up to date while the hash of all that goes into it is the one it was made from.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { root, stamps } from './paths.mjs';

function* filesUnder(folder, skip) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (skip(full)) continue;
    if (entry.isDirectory()) yield* filesUnder(full, skip);
    else if (entry.isFile()) yield full;
  }
}

/** One hash of the names and contents of `inputs` (files or folders, those that exist). */
export function hashOf(inputs, skip = () => false) {
  const hash = crypto.createHash('sha256');
  for (const input of inputs) {
    if (!fs.existsSync(input)) continue;
    for (const file of fs.statSync(input).isDirectory() ? filesUnder(input, skip) : [input]) {
      hash
        .update(`${path.relative(root, file)}\0`)
        .update(fs.readFileSync(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

const fileOf = (name) => path.join(stamps, name);

export function isFresh(name, hash, outputs = []) {
  return (
    outputs.every((file) => fs.existsSync(file)) &&
    fs.existsSync(fileOf(name)) &&
    fs.readFileSync(fileOf(name), 'utf8') === hash
  );
}

export function setStamp(name, hash) {
  fs.mkdirSync(stamps, { recursive: true });
  fs.writeFileSync(fileOf(name), hash);
}

export function dropStamp(name) {
  fs.rmSync(fileOf(name), { force: true });
}
