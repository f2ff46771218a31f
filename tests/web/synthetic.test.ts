// Images made from a seed, through the library: the engine's second module, the bits of the native build, refusals.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';
import type { Striate } from '../../web/lib/index.js';

let striate: Striate;
beforeAll(async () => {
  striate = await loadStriate();
});
afterAll(() => striate?.close());

test('the same images as natively, however many are asked for', async () => {
  using many = await striate.datasets.synthetic({ count: 100, seed: 7 });
  expect(many).toMatchObject({ count: 100, shape: [3, 32, 32], classes: 10 });
  const { data, labels } = await many.images(Array.from({ length: 100 }, (_, i) => i));
  expect([...labels.slice(8, 12)]).toEqual([8, 9, 0, 1]);
  expect(createHash('sha256').update(data).digest('hex')).toBe(
    'c39dcdf6b53b4477e221b4bcfd98d425ad7e635271828ff2b7cbbea3bcaa9185',
  );
  using few = await striate.datasets.synthetic({ count: 3, seed: 7 });
  expect((await few.images([2])).data).toEqual(data.slice(2 * 3072, 3 * 3072));
  using small = await striate.datasets.synthetic({ count: 2, size: 8 });
  expect(small.shape).toEqual([3, 8, 8]);
});

test('what is wrong is said', async () => {
  const { datasets } = striate;
  await expect(datasets.synthetic({ count: 0 })).rejects.toThrow(/count/);
  await expect(datasets.synthetic({ count: 5, size: 200 })).rejects.toThrow(/size/);
  await expect(datasets.synthetic({ count: 5, sizes: 32 } as never)).rejects.toThrow(/sizes/);
});
