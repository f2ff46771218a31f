// The library over the real engine in Node (dist/engine, made by `npm run build:wasm`).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';
import type { Dataset, Model, Striate, TrainingReport } from '../../web/lib/index.js';
import { digitFiles, sha256 } from './digits.js';
import { SMALL, halves, halvesDataset } from './small_network.js';

let striate: Striate;
let digits: Dataset;
let train: Dataset;
let heldOut: Dataset;
beforeAll(async () => {
  striate = await loadStriate();
  const { images, labels } = digitFiles();
  digits = await striate.datasets.fromIdx(images, labels);
  train = await digits.slice(0, 9000);
  heldOut = await digits.slice(9000, 1000);
});
afterAll(() => striate?.close());

const hashOf = async (model: Model) =>
  sha256(Float32Array.from((await model.parameters()).flatMap((tensor) => [...tensor.data])));

test('says what was loaded', () => {
  expect(striate.info).toMatchObject({ build: 'simd', notes: [] });
  expect(striate.info.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(striate.info.memory.used).toBeGreaterThan(0);
  expect(striate.info.memory.used).toBeLessThan(striate.info.memory.size);
  expect(striate.info.memory.size).toBeLessThan(striate.info.memory.limit);
});

test('the digits are there', async () => {
  expect(digits).toMatchObject({ count: 10_000, shape: [1, 28, 28], classes: 10 });
  const { images, labels } = digitFiles();
  const some = await digits.images([0, 9999]);
  expect(some.labels).toEqual([labels[8], labels[8 + 9999]]);
  expect(some.data.slice(0, 784)).toEqual(images.slice(16, 16 + 784));
});

test('lenet has the shapes, parameters and receptive fields that the book says', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  expect(model.inputShape).toEqual([1, 28, 28]);
  expect(model.classes).toBe(10);
  const rows = await model.summary();
  expect(rows.reduce((sum, row) => sum + row.parameters, 0)).toBe(61706);
  const convolutions = rows.filter((row) => row.type === 'conv2d');
  expect(convolutions.map((row) => row.outputShape)).toEqual([
    [6, 28, 28],
    [16, 10, 10],
  ]);
  expect(convolutions.map((row) => row.receptiveField.size)).toEqual([
    [5, 5],
    [14, 14],
  ]);
});

test('lenet learns real digits: at least 97% of the held-out ones are right', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const reports: TrainingReport[] = [];
  const options = {
    epochs: 3,
    batchSize: 32,
    seed: 1,
    optimizer: { type: 'sgd', momentum: 0.9 } as const,
    schedule: { type: 'oneCycle', maxLearningRate: 0.02 } as const,
  };
  for await (const report of model.fit(train, { ...options, validation: heldOut })) reports.push(report);
  const last = reports.at(-1);
  expect(last).toMatchObject({ done: true, step: 3 * 282, epoch: 2, stepsPerEpoch: 282, images: 27_000 });
  expect(last?.validation?.accuracy).toBeGreaterThanOrEqual(0.97);
  expect(reports.reduce((sum, report) => sum + report.losses.length, 0)).toBe(846);

  const result = await model.evaluate(heldOut);
  expect(result.accuracy).toBe(last?.validation?.accuracy);
  const counts = result.confusionMatrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
  const right = result.confusionMatrix.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
  expect(right / 1000).toBeCloseTo(result.accuracy, 6);

  // Prediction agrees with evaluation.
  const { data, labels, shape } = await heldOut.images(Array.from({ length: 1000 }, (_, i) => i));
  const { probabilities } = await model.predict({ data, shape });
  const argmax = labels.map((_, i) => {
    const row = [...probabilities.subarray(i * 10, i * 10 + 10)];
    expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    return row.indexOf(Math.max(...row));
  });
  expect(argmax.filter((guess, i) => guess === labels[i])).toHaveLength(right);
}, 60_000);

test('same seed, same bits; another seed, other bits', async () => {
  using dataset = await halvesDataset(striate);
  const hashes = [];
  for (const seed of [1, 1, 2]) {
    using model = await striate.createModel(SMALL, { seed });
    await model.fit(dataset, { epochs: 5, batchSize: 8, seed }).done;
    hashes.push(await hashOf(model));
  }
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

test('a small network learns halves, from bytes and from floats alike', async () => {
  const { data, labels } = halves();
  const floats = Float32Array.from(data, (byte) => byte / 255);
  for (const pixels of [data, floats]) {
    const dataset = await striate.datasets.fromPixels({ data: pixels, shape: [60, 1, 6, 6] }, labels);
    using model = await striate.createModel(SMALL, { seed: 3 });
    await model.fit(dataset, { epochs: 10, batchSize: 8 }).done;
    expect((await model.evaluate(dataset)).accuracy).toBe(1);
    const { probabilities } = await model.predict(pixels.slice(0, 36));
    expect(probabilities[0]).toBeGreaterThan(0.9);
    dataset.dispose();
  }
});

test('a training that was saved, loaded and resumed ends with the same bits', async () => {
  using dataset = await halvesDataset(striate, 61);
  const options = {
    epochs: 120, // long enough to be cut
    batchSize: 8,
    seed: 5,
    optimizer: { type: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 0.001 },
    schedule: { type: 'oneCycle', maxLearningRate: 0.1 },
  } as const;
  using whole = await striate.createModel(SMALL, { seed: 4 });
  await whole.fit(dataset, options).done;

  using cut = await striate.createModel(SMALL, { seed: 4 });
  const run = cut.fit(dataset, { ...options, validateEvery: 5, validation: dataset });
  for await (const report of run) if (report.step >= 5) break;
  const { step } = await run.done;
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(960);
  const bytes = await cut.save({ optimizer: true });

  using loaded = await striate.loadModel(bytes);
  expect(await hashOf(loaded)).toBe(await hashOf(cut));
  const rest = loaded.fit(dataset, { ...options, resume: true });
  const losses: number[] = [];
  for await (const report of rest) losses.push(...report.losses);
  expect(losses).toHaveLength(960 - step);
  expect(await hashOf(loaded)).toBe(await hashOf(whole));

  // And without a file, on the model that was stopped.
  await cut.fit(dataset, { ...options, resume: true }).done;
  expect(await hashOf(cut)).toBe(await hashOf(whole));
});

test('a model goes out as ONNX and comes in again with the same weights and predictions', async () => {
  using model = await striate.createModel(SMALL, { seed: 4 });
  const bytes = await model.exportOnnx();
  using again = await striate.importOnnx(bytes);
  expect(again.inputShape).toEqual(model.inputShape);
  expect((await again.parameters()).map(({ data }) => data)).toEqual(
    (await model.parameters()).map(({ data }) => data),
  );
  const data = Uint8Array.from({ length: 108 }, (_, i) => (i * 37) % 256);
  const shape = [3, 1, 6, 6] as const;
  const before = await model.predict({ data, shape });
  expect((await again.predict({ data, shape })).probabilities).toEqual(before.probabilities);
  await expect(striate.importOnnx(bytes.subarray(0, 100))).rejects.toMatchObject({ code: 'invalid_file' });
  await expect(striate.importOnnx(new Uint8Array())).rejects.toMatchObject({ code: 'invalid_file' });
});

test('inspect gives the activations of named layers and the probabilities', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const { data } = await heldOut.images([0]);
  const all = await model.inspect(data);
  const rows = await model.summary();
  expect(all.layers.map((layer) => layer.name)).toEqual(rows.map((row) => row.name));
  for (const [i, { shape, data: values }] of all.layers.entries()) {
    expect(shape).toEqual(rows[i]?.outputShape);
    expect(values).toHaveLength(shape[0] * shape[1] * shape[2]);
    expect(values.every(Number.isFinite)).toBe(true);
  }
  const { probabilities } = await model.predict(data);
  // Two plans, whose sums are of other orders: one keeps every layer's output, one has channels as lanes.
  for (const [i, probability] of all.probabilities.entries())
    expect(probability).toBeCloseTo(probabilities[i] ?? NaN, 5);
  const one = await model.inspect(data, { layers: ['conv1'] });
  expect(one.layers.map((layer) => layer.name)).toEqual(['conv1']);
  expect([...(one.layers[0]?.data ?? [])]).toEqual([
    ...(all.layers.find((layer) => layer.name === 'conv1')?.data ?? []),
  ]);
});

test('parameters come with names and shapes', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const all = await model.parameters();
  const total = all.reduce((sum, tensor) => sum + tensor.data.length, 0);
  expect(total).toBe(61706);
  const [weight] = await model.parameters(['conv1.weight']);
  expect(weight?.shape).toEqual([6, 1, 5, 5]);
  expect(weight?.data).toEqual(all.find((tensor) => tensor.name === 'conv1.weight')?.data);
});

test('the live view comes with the reports', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const { data } = await heldOut.images([0]);
  const watch = { image: data, layers: ['conv1', 'conv2'], parameters: ['conv1.weight'], everyMs: 20 };
  let frames = 0;
  let last: TrainingReport | null = null;
  for await (const report of model.fit(train, { epochs: 1, watch })) {
    if (report.watch) frames++;
    last = report;
  }
  expect(frames).toBeGreaterThan(1);
  const frame = last?.watch;
  expect(frame?.inspection?.layers.map((layer) => layer.name)).toEqual(['conv1', 'conv2']);
  expect(frame?.parameters?.[0]?.shape).toEqual([6, 1, 5, 5]);
  // The last frame is of the trained weights.
  const [weight] = await model.parameters(['conv1.weight']);
  expect(frame?.parameters?.[0]?.data).toEqual(weight?.data);
});

test('learning rate and batch size change while it runs', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const run = model.fit(train, { epochs: 1, batchSize: 10 });
  const seen: TrainingReport[] = [];
  for await (const report of run) {
    seen.push(report);
    if (seen.length === 1) await run.configure({ learningRate: 0.02, batchSize: 100 });
  }
  const [first, last] = [seen[0], seen.at(-1)];
  expect(first).toMatchObject({ batchSize: 10, stepsPerEpoch: 900 });
  expect(first?.learningRate).toBeCloseTo(0.01);
  expect(last).toMatchObject({ batchSize: 100, images: 9000 });
  expect(last?.learningRate).toBeCloseTo(0.02);
  expect(last?.step).toBeLessThan(900);
});

test('append: a training sees what was added', async () => {
  using dataset = await halvesDataset(striate, 10);
  await dataset.append(new Uint8Array(72), [1, 1]);
  expect(dataset.count).toBe(12);
  using model = await striate.createModel(SMALL);
  const outcome = await model.fit(dataset, { epochs: 1, batchSize: 4 }).done;
  expect(outcome.step).toBe(3);
});

test('a stratified split keeps the shares of the classes', async () => {
  const { train: most, validation } = await digits.split({ validation: 0.1, seed: 1 });
  expect(most.count + validation.count).toBe(10_000);
  expect(Math.abs(validation.count - 1000)).toBeLessThanOrEqual(10);
  const all = Array.from({ length: validation.count }, (_, i) => i);
  const { labels } = await validation.images(all);
  const whole = (await digits.images(Array.from({ length: 10_000 }, (_, i) => i))).labels;
  for (let digit = 0; digit < 10; digit++) {
    const share = labels.filter((label) => label === digit).length;
    const exact = whole.filter((label) => label === digit).length / 10;
    expect(Math.abs(share - exact)).toBeLessThanOrEqual(1);
  }
  most.dispose();
  validation.dispose();
});

test('memory comes back when models and datasets are disposed', async () => {
  const round = async () => {
    using dataset = await halvesDataset(striate, 500);
    using model = await striate.createModel('lenet');
    await model.predict(new Uint8Array(784 * 50));
    expect(dataset.count).toBe(500);
    await striate.createModel(SMALL).then((small) => small.dispose());
  };
  await round();
  const before = striate.info.memory.used;
  for (let i = 0; i < 20; i++) await round();
  expect(striate.info.memory.used - before).toBeLessThan(1_000_000);
});

test('timers run while it trains, and a prediction waits for one slice', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const { data } = await heldOut.images([0]);
  const run = model.fit(train, { epochs: 2, batchSize: 32 });
  const delays: number[] = [];
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const asked = performance.now();
    await model.predict(data, { topic: 'pad' });
    delays.push(performance.now() - asked);
  }
  await run.stop();
  expect(delays.sort((a, b) => a - b)[10]).toBeLessThan(50);
});
