// Fashion-MNIST's packing: what is not its files is refused, and nothing needs it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fashionFolder, packFashion } from '../../scripts/fashion.mjs';

test('a folder with all four files is found, and other contents are refused by their hash', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-fashion-'));
  const before = process.env.STRIATE_FASHION_MNIST;
  process.env.STRIATE_FASHION_MNIST = folder;
  try {
    const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3'].map((name) => `${name}-ubyte`);
    for (const name of names) fs.writeFileSync(path.join(folder, name), 'something else');
    assert.notEqual(fashionFolder(), folder);
    fs.writeFileSync(path.join(folder, 't10k-labels-idx1-ubyte.gz'), '');
    assert.equal(fashionFolder(), folder);
    assert.throws(() => packFashion(folder), /SHA-256 [0-9a-f]{64}, expected/);
  } finally {
    if (before === undefined) delete process.env.STRIATE_FASHION_MNIST;
    else process.env.STRIATE_FASHION_MNIST = before;
    fs.rmSync(folder, { recursive: true });
  }
});

test('when the files are at hand they are packed as 9,000 and 1,000, every class alike', (t) => {
  const folder = fashionFolder();
  if (!folder) return t.skip('Fashion-MNIST is not at hand');
  const labels = packFashion(folder).subarray(16 + 10_000 * 784 + 8);
  for (const [part, count] of [
    [labels.subarray(0, 9000), 900],
    [labels.subarray(9000), 100],
  ]) {
    for (let label = 0; label < 10; label += 1) assert.equal(part.filter((one) => one === label).length, count);
  }
});
