// CIFAR-10's files through the library: read by the engine, kept by the dataset, refused in words.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';
import type { Striate } from '../../web/lib/index.js';

const RECORD = 3073;

/** Records with these labels; image i has pixels that count up from i. */
function file(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * RECORD);
  labels.forEach((label, i) => {
    for (let j = 0; j < RECORD; ++j) bytes[i * RECORD + j] = j === 0 ? label : i + j;
  });
  return bytes;
}

let striate: Striate;
beforeAll(async () => {
  striate = await loadStriate();
});
afterAll(() => striate?.close());

test('one file, several, or a function that gives them', async () => {
  const [first, second] = [file([3, 9]), file([0, 1, 2])];
  using one = await striate.datasets.fromCifar10(first);
  expect(one).toMatchObject({ count: 2, shape: [3, 32, 32], classes: 10 });
  using both = await striate.datasets.fromCifar10(() => [first, second]);
  const { labels, data } = await both.images([1, 4]);
  expect([...labels]).toEqual([9, 2]);
  expect(data.slice(0, 3072)).toEqual(first.slice(RECORD + 1));
  expect(data.slice(3072)).toEqual(second.slice(2 * RECORD + 1));
});

test('what is wrong is said', async () => {
  const { datasets } = striate;
  await expect(datasets.fromCifar10(file([1]).slice(1))).rejects.toMatchObject({ code: 'invalid_file' });
  await expect(datasets.fromCifar10([file([1]), file([11])])).rejects.toThrow(/label 11 of image 1/);
  await expect(datasets.fromCifar10([file([1]), 'batch' as never])).rejects.toThrow(/files\[1\]/);
  await expect(datasets.fromCifar10([])).rejects.toMatchObject({ code: 'invalid_file' });
});
