// Augmentation over the fake engine: what the library passes on, and that it survives the death of a worker.
import { expect, test } from 'vitest';
import { checkSearch, checkTraining } from '../../web/lib/training_options.js';
import { fakesOfOneFile } from './fake_striate.js';

const start = fakesOfOneFile();

test('a policy goes to the engine as plain JSON, a copy of its own', async () => {
  const { striate } = await start();
  const given = [{ type: 'Rotate', limit: 20 }];
  using policy = await striate.augmentation(given);
  expect(policy.toJSON()).toEqual({ transform: given });
  const { augmentation } = checkTraining({ epochs: 1, augmentation: policy });
  expect(augmentation).toEqual({ transform: given });
  const plain = checkTraining({ epochs: 1, augmentation: given }).augmentation as typeof given;
  expect(plain).toEqual(given);
  expect(plain[0]).not.toBe(given[0]);
  expect(checkSearch({ augmentation: given }).augmentation).toEqual(given);
  policy.dispose();
  expect(() => checkTraining({ epochs: 1, augmentation: policy })).toThrow('The policy was disposed.');
});

test('apply takes copies', async () => {
  const { striate } = await start();
  using policy = await striate.augmentation([]);
  const data = Uint8Array.of(1, 2, 3, 4);
  const call = policy.apply({ data, shape: [1, 1, 2, 2] });
  data.fill(9);
  expect([...(await call).images.data]).toEqual([254, 253, 252, 251]);
});

test('a policy and a grown dataset go on after the worker has died', async () => {
  const { striate, dataset, kill } = await start();
  const statuses: string[] = [];
  striate.onStatus((status) => statuses.push(status));
  using policy = await striate.augmentation([]);
  const grown = await dataset.augment(policy, { times: 1 });
  expect(grown.count).toBe(40);
  kill();
  await striate.recover();
  expect(statuses).toEqual(['recovering', 'ready']);
  expect((await grown.images([39])).labels).toHaveLength(1);
  await policy.apply({ data: new Uint8Array(4), shape: [1, 1, 2, 2] });
  await expect(dataset.augment([], { times: 0 })).rejects.toThrow('times is 0.');
});
