// Fine tuning over the real engine in Node: options, early stopping and averages through the slices of a training, frozen
// layers, the search for a rate, and a training that is cut, saved and resumed with all of it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';
import type { Dataset, FitOptions, Model, NetworkSpec, Striate } from '../../web/lib/index.js';

let striate: Striate;
let train: Dataset;
let heldOut: Dataset;
beforeAll(async () => {
  striate = await loadStriate();
  const corners = await cornersDataset(240);
  ({ train, validation: heldOut } = await corners.split({ validation: 0.25, seed: 1 }));
});
afterAll(() => striate?.close());

const NETWORK: NetworkSpec = {
  input: { channels: 1, height: 8, width: 8 },
  layers: [
    { type: 'conv2d', name: 'conv1', outChannels: 4, kernelSize: 3, padding: 1 },
    { type: 'relu' },
    { type: 'maxPool2d', kernelSize: 2 },
    { type: 'flatten' },
    { type: 'linear', name: 'fc1', outFeatures: 12 },
    { type: 'relu' },
    { type: 'linear', name: 'fc2', outFeatures: 4 },
  ],
};

/** One corner is brighter: its number is the label. Noisy, and label 0 comes twice as often. */
function cornersDataset(count: number): Promise<Dataset> {
  let state = 1;
  const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const labels = Array.from({ length: count }, (_, i) => [0, 0, 1, 2, 3][i % 5] ?? 0);
  const data = Uint8Array.from({ length: 64 * count }, (_, i) => {
    const [y, x] = [Math.floor((i % 64) / 8), i % 8];
    const lit = labels[Math.floor(i / 64)] === (y < 4 ? 0 : 2) + (x < 4 ? 0 : 1);
    return Math.floor((lit ? 60 : 0) + random() * 150);
  });
  return striate.datasets.fromPixels({ data, shape: [count, 1, 8, 8] }, labels);
}

const weightsOf = async (model: Model) => (await model.parameters()).flatMap(({ data }) => [...data]);

test.each([
  { optimizer: { type: 'sgd', learningRate: 0.05, nesterov: true, weightDecay: 1e-4 } },
  { optimizer: { type: 'adam', learningRate: 0.02 }, schedule: { type: 'cosine' } },
  { optimizer: { type: 'adamw', learningRate: 0.01 }, schedule: { type: 'linearWarmup', steps: 10 } },
  { optimizer: { type: 'rmsprop', learningRate: 0.005 }, schedule: { type: 'step', stepSize: 3, unit: 'epoch' } },
  {
    loss: { type: 'focal' },
    sampling: 'balanced',
    dropLast: true,
    clipNorm: 1,
    optimizer: { type: 'sgd', learningRate: 0.1 },
  },
  {
    loss: { type: 'crossEntropy', labelSmoothing: 0.1, classWeights: [0.5, 1, 1, 1] },
    averageWeights: { decay: 0.9 },
    optimizer: { type: 'sgd', learningRate: 0.1 },
  },
] as Omit<FitOptions, 'epochs'>[])('learns with %j', async (options) => {
  using model = await striate.createModel(NETWORK, { seed: 2 });
  const run = model.fit(train, { epochs: 8, batchSize: 16, seed: 3, ...options });
  let norm: number | undefined;
  for await (const { gradientNorm } of run) norm = gradientNorm ?? norm;
  expect(norm === undefined).toBe(options.clipNorm === undefined);
  const result = await model.evaluate(heldOut, { topK: 2 });
  expect(result.accuracy).toBeGreaterThan(0.9);
  expect(result.topKAccuracy).toBeGreaterThanOrEqual(result.accuracy);
  expect(result.classes.reduce((sum, { support }) => sum + support, 0)).toBe(heldOut.count);
  expect(result.macro.f1).toBeGreaterThan(0.85);
  expect(result.calibrationError).toBeLessThan(0.6);
});

test('early stopping ends a training that has learnt, with the weights of its best validation', async () => {
  using model = await striate.createModel(NETWORK, { seed: 2 });
  const run = model.fit(train, {
    epochs: 200,
    batchSize: 16,
    optimizer: { type: 'adam', learningRate: 0.01 },
    validation: heldOut,
    earlyStopping: { patience: 4, monitor: 'accuracy' },
  });
  let best = 0;
  for await (const { validation } of run) best = Math.max(best, validation?.accuracy ?? 0);
  const outcome = await run.done;
  expect(outcome.reason).toBe('stoppedEarly');
  expect(outcome.epoch).toBeLessThan(199);
  expect(best).toBeGreaterThan(0.9);
  expect((await model.evaluate(heldOut)).accuracy).toBe(best);
});

test('the rate falls on plateaus of the validation', async () => {
  using model = await striate.createModel(NETWORK, { seed: 2 });
  const rates = new Set<number>();
  const schedule = { type: 'reduceOnPlateau', patience: 0, factor: 0.5, threshold: 0.2 } as const;
  for await (const { learningRate } of model.fit(train, { epochs: 12, batchSize: 16, schedule, validation: heldOut })) {
    rates.add(learningRate);
  }
  expect(rates.size).toBeGreaterThan(2);
  expect([...rates][0]).toBe(0.01);
});

test('a training with averages, early stopping and a plateau is cut, saved, loaded and resumed: the same bits', async () => {
  const options: FitOptions = {
    epochs: 9,
    batchSize: 16,
    optimizer: { type: 'adamw', learningRate: 0.02 },
    schedule: { type: 'reduceOnPlateau', patience: 1, factor: 0.5 },
    validation: heldOut,
    averageWeights: { decay: 0.8 },
    earlyStopping: { patience: 5, monitor: 'accuracy' },
    sampling: 'balanced',
  };
  using straight = await striate.createModel(NETWORK, { seed: 5 });
  await straight.fit(train, options).done;
  using cut = await striate.createModel(NETWORK, { seed: 5 });
  const run = cut.fit(train, options);
  for await (const { validation } of run) if (validation) break;
  const bytes = await cut.save({ optimizer: true });
  using loaded = await striate.loadModel(bytes);
  await loaded.fit(train, { ...options, resume: true }).done;
  expect(await weightsOf(loaded)).toEqual(await weightsOf(straight));
});

test('frozen layers stand still, slow ones move little, and files remember', async () => {
  using model = await striate.createModel(NETWORK, { seed: 2 });
  const before = await model.parameters();
  expect(await model.freeze({ until: 'fc1' })).toEqual([
    { name: 'conv1', trainable: false, learningRate: 1 },
    { name: 'fc1', trainable: false, learningRate: 1 },
    { name: 'fc2', trainable: true, learningRate: 1 },
  ]);
  await model.fit(train, { epochs: 1 }).done;
  const after = await model.parameters();
  for (const [i, { name, data }] of after.entries()) {
    expect([...data].every((value, k) => value === before[i]?.data[k])).toBe(!name.startsWith('fc2'));
  }
  using copy = await striate.loadModel(await model.save());
  expect((await copy.layerSettings()).map(({ trainable }) => trainable)).toEqual([false, false, true]);
  await model.unfreeze();
  await model.setLearningRates({ conv1: 0, fc1: 0.5 });
  expect(await model.layerSettings()).toMatchObject([{ learningRate: 0 }, { learningRate: 0.5 }, { learningRate: 1 }]);
  await expect(model.freeze({ layers: ['conv9'] })).rejects.toMatchObject({ code: 'unknown_layer' });
  const run = model.fit(train, { epochs: 50 });
  await expect(model.freeze({ until: 'conv1' })).rejects.toMatchObject({ code: 'invalid_state' });
  await run.stop();
  await model.freeze({ until: 'fc2' });
  await expect(model.fit(train, { epochs: 1 }).done).rejects.toThrow('every layer with weights is frozen');
});

test('the search for a learning rate suggests one that trains, and leaves the weights alone', async () => {
  using model = await striate.createModel(NETWORK, { seed: 2 });
  const before = await weightsOf(model);
  const { rates, losses, smoothed, suggestion } = await model.findLearningRate(train, { batchSize: 16, start: 1e-5 });
  expect(await weightsOf(model)).toEqual(before);
  expect(losses).toHaveLength(rates.length);
  expect(smoothed).toHaveLength(rates.length);
  expect(suggestion).toBeGreaterThan(1e-4);
  expect(suggestion).toBeLessThan(1);
  const learningRate = suggestion ?? 1;
  await model.fit(train, { epochs: 10, batchSize: 16, optimizer: { type: 'sgd', learningRate } }).done;
  expect((await model.evaluate(heldOut)).accuracy).toBeGreaterThan(0.8);
});

test('what the engine refuses comes as typed errors', async () => {
  using model = await striate.createModel(NETWORK, { seed: 2 });
  const refused: [Omit<FitOptions, 'epochs'>, string, string][] = [
    [{ loss: { type: 'crossEntropy', classWeights: [1] } }, 'invalid_argument', '1 class weights for 4 classes'],
    [{ parameterGroups: [{ names: ['conv7'] }] }, 'not_found', "'conv7'"],
    [{ dropLast: true, batchSize: 1000 }, 'invalid_argument', 'no batch of 1000'],
    [{ averageWeights: { decay: 1 } }, 'invalid_argument', 'decay'],
    [{ optimizer: { type: 'sgd', nesterov: true, momentum: 0 } }, 'invalid_argument', 'nesterov'],
  ];
  for (const [options, code, message] of refused) {
    await expect(model.fit(train, { epochs: 1, ...options }).done).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  }
});
