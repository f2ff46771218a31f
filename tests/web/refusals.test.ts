// What the real engine refuses, and with which words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';
import type { Dataset, NetworkSpec, Striate } from '../../web/lib/index.js';
import { digitFiles } from './digits.js';
import { SMALL, halvesDataset } from './small_network.js';

let striate: Striate;
let train: Dataset;
beforeAll(async () => {
  striate = await loadStriate();
  const { images, labels } = digitFiles();
  const digits = await striate.datasets.fromIdx(images, labels);
  train = await digits.slice(0, 9000);
});
afterAll(() => striate?.close());

describe('what is refused, with words', () => {
  test.each<[string, NetworkSpec, string, RegExp]>([
    [
      'a window larger than its input',
      {
        input: { channels: 1, height: 4, width: 4 },
        layers: [{ type: 'conv2d', name: 'conv1', outChannels: 2, kernelSize: 7 }],
      },
      'invalid_shape',
      /conv1.*7|7.*conv1/s,
    ],
    [
      'an unknown layer type',
      { input: { channels: 1, height: 4, width: 4 }, layers: [{ type: 'conv3d' } as never] },
      'unknown_layer',
      /conv3d/,
    ],
    [
      'an unknown option',
      { input: { channels: 1, height: 4, width: 4 }, layers: [{ type: 'relu', slope: 1 } as never] },
      'invalid_argument',
      /slope/,
    ],
  ])('%s', async (_, network, code, message) => {
    const error = await striate.createModel(network).then(
      () => null,
      (thrown: { code: string; message: string; hint: string }) => thrown,
    );
    expect(error).toMatchObject({ code, name: 'StriateError' });
    expect(`${error?.message} ${error?.hint}`).toMatch(message);
  });

  test('a zoo name that does not exist', async () => {
    await expect(striate.createModel('lenett')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('files that are not what they should be', async () => {
    const { images, labels } = digitFiles();
    const { fromIdx } = { fromIdx: striate.datasets.fromIdx.bind(striate.datasets) };
    await expect(fromIdx(new Uint8Array(0), labels)).rejects.toMatchObject({ code: 'invalid_file' });
    await expect(fromIdx(labels, images)).rejects.toMatchObject({ code: 'invalid_file' });
    await expect(fromIdx(images.slice(0, 5000), labels)).rejects.toMatchObject({ code: 'invalid_file' });
    await expect(fromIdx(images, labels.slice(0, -1))).rejects.toMatchObject({ code: 'invalid_file' });
    await expect(striate.loadModel(new TextEncoder().encode('not a model'))).rejects.toMatchObject({
      code: 'invalid_file',
    });
  });

  test('labels out of range and NaN in images', async () => {
    const data = new Float32Array(36).fill(0.5);
    data[7] = NaN;
    await expect(striate.datasets.fromPixels({ data, shape: [1, 1, 6, 6] }, [0])).rejects.toMatchObject({
      code: 'not_finite',
    });
    using model = await striate.createModel(SMALL);
    await expect(model.predict(data)).rejects.toMatchObject({ code: 'not_finite' });
    await expect(model.inspect(data)).rejects.toMatchObject({ code: 'not_finite' });
  });

  test('a dataset whose images do not fit the network names both shapes', async () => {
    using dataset = await halvesDataset(striate, 4);
    using model = await striate.createModel('lenet');
    await expect(model.evaluate(dataset)).rejects.toThrow(/1×6×6.*1×28×28|1×28×28.*1×6×6/s);
    await expect(model.fit(dataset, { epochs: 1 }).done).rejects.toThrow(/1×6×6.*1×28×28|1×28×28.*1×6×6/s);
  });

  test('more classes than the network has outputs', async () => {
    using model = await striate.createModel({ ...SMALL, input: { channels: 1, height: 28, width: 28 } });
    await expect(model.fit(train, { epochs: 1 }).done).rejects.toMatchObject({ name: 'StriateError' });
  });

  test('a layer or parameter that does not exist', async () => {
    using model = await striate.createModel(SMALL);
    await expect(model.inspect(new Uint8Array(36), { layers: ['conv9'] })).rejects.toMatchObject({
      code: 'unknown_layer',
    });
    await expect(model.parameters(['conv9.weight'])).rejects.toMatchObject({ code: 'not_found' });
  });

  test('resume without anything to resume', async () => {
    using dataset = await halvesDataset(striate, 8);
    using model = await striate.createModel(SMALL);
    const run = model.fit(dataset, { epochs: 1, resume: true });
    await expect(run.done).rejects.toMatchObject({ code: 'invalid_state' });
  });

  test('a rate that makes the loss explode: training stops, the last good weights stay', async () => {
    using dataset = await halvesDataset(striate);
    using model = await striate.createModel(SMALL, { seed: 1 });
    const run = model.fit(dataset, { epochs: 400, batchSize: 4, optimizer: { type: 'sgd', learningRate: 1e20 } });
    await expect(run.done).rejects.toMatchObject({ code: 'not_finite' });
    for (const { data } of await model.parameters()) expect(data.every(Number.isFinite)).toBe(true);
    // The model lives.
    await model.predict(new Uint8Array(36));
  });

  test('a dataset that would not fit into memory', async () => {
    await expect(
      striate.createModel({
        input: { channels: 1, height: 1, width: 1 },
        layers: [{ type: 'linear', outFeatures: 900_000_000 }],
      }),
    ).rejects.toMatchObject({ name: 'StriateError' });
    expect(striate.status).toBe('ready');
  });
});
