// CIFAR-10's files through the library: read by the engine, kept by the dataset, refused in words.
import { gzipSync } from 'node:zlib';
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

/** An archive as tar writes it. */
function tar(files: Readonly<Record<string, Uint8Array>>, kind = '0'): Buffer {
  const parts = Object.entries(files).flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, '0'), 124);
    header.write(' '.repeat(8), 148);
    header.write(kind, 156);
    header.write('ustar\0' + '00', 257);
    const sum = header.reduce((all, byte) => all + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
const plain = (buffer: Buffer) => new Uint8Array(buffer);

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

test('gzipped files, and the archive as it is published: the test images come last', async () => {
  using packed = await striate.datasets.fromCifar10(plain(gzipSync(file([4, 5]))));
  expect([...(await packed.images([0, 1])).labels]).toEqual([4, 5]);
  const archive = tar({
    'cifar-10-batches-bin/readme.html': new Uint8Array(700),
    'cifar-10-batches-bin/test_batch.bin': file([9]),
    'cifar-10-batches-bin/data_batch_2.bin': file([2, 3]),
    'cifar-10-batches-bin/data_batch_1.bin': file([1]),
  });
  for (const bytes of [plain(archive), plain(gzipSync(archive))]) {
    using dataset = await striate.datasets.fromCifar10(bytes);
    const { labels, data } = await dataset.images([0, 1, 2, 3]);
    expect([...labels]).toEqual([1, 2, 3, 9]);
    expect(data.slice(0, 3072)).toEqual(file([1]).slice(1));
  }
});

test('an archive that is damaged, lies, or holds something else is refused in words', async () => {
  const { datasets } = striate;
  const refused = (bytes: Buffer, words: RegExp) =>
    Promise.all(
      [bytes, gzipSync(bytes)].map((one) =>
        expect(datasets.fromCifar10(plain(one))).rejects.toMatchObject({
          code: 'invalid_file',
          message: expect.stringMatching(words) as string,
        }),
      ),
    );
  const good = tar({ 'data_batch_1.bin': file([1, 2]) });
  const changed = (at: number, text: string) => {
    const bytes = Buffer.from(good);
    bytes.write(text, at);
    return bytes;
  };
  await refused(good.subarray(0, 3000), /ends \d+ bytes before its file data_batch_1.bin/);
  await refused(good.subarray(0, 512 + 6656 + 100).fill(1, 512 + 6656), /middle of a header/);
  await refused(changed(0, 'other'), /damaged header/);
  await refused(changed(148, 'zz'), /not octal/);
  await refused(tar({ 'readme.html': new Uint8Array(10) }), /without data_batch_1.bin/);
  await refused(tar({ 'data_batch_1.bin': file([1]) }, '5'), /without data_batch_1.bin/);
  await refused(tar({ 'a/test_batch.bin': file([1]), 'b/test_batch.bin': file([1]) }), /comes twice/);
  await refused(tar({ 'data_batch_1.bin': file([1]).slice(5) }), /records of 3073 bytes/);
  await expect(datasets.fromCifar10(plain(tar({ data_batch_1: file([1]) })))).rejects.toMatchObject({
    hint: expect.stringMatching(/Python version/) as string,
  });
  await expect(datasets.fromCifar10(plain(gzipSync(good).subarray(0, 60)))).rejects.toThrow(/cannot be unpacked/);
});

test('IDX files may be gzipped', async () => {
  const images = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40]);
  const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 0]);
  using dataset = await striate.datasets.fromIdx(plain(gzipSync(images)), plain(gzipSync(labels)));
  expect(dataset).toMatchObject({ count: 2, shape: [1, 1, 2], classes: 2 });
  expect([...(await dataset.images([1])).data]).toEqual([30, 40]);
  await expect(striate.datasets.fromIdx(plain(gzipSync(images).subarray(0, 20)), plain(labels))).rejects.toThrow(
    /images cannot be unpacked/,
  );
});
