// The engine's second module: fetched once, when a call first needs it; nothing overtakes; a failure is told and may pass.
import { expect, test } from 'vitest';
import type { Dataset, Model, Striate } from '../../web/lib/index.js';
import { startStriate } from '../../web/lib/load.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import type { EngineFiles } from '../../web/worker/builds.js';
import { needsSecondModule } from '../../web/worker/second_module.js';
import type { CallMessage } from '../../web/worker/protocol.js';
import { createEngine, files } from './real_engine.js';

type Read = EngineFiles['compileWasm'];

/** `read` is asked for second modules only. */
const withSecond = (read: Read): EngineFiles => ({
  ...files,
  compileWasm: (url) => (/more\.wasm/.test(url) ? read(url) : files.compileWasm(url)),
});

/** On one thread and on two: either has a second module of its own. */
const start = (read: Read, threads: 'auto' | number = 1) =>
  startStriate(() => Promise.resolve(new InProcessTransport(createEngine, { files: withSecond(read) })), { threads });

test('is fetched once, when ONNX is first asked for', async () => {
  let fetched = 0;
  await using striate = await start((url) => {
    fetched++;
    return files.compileWasm(url);
  });
  using model = await striate.createModel('lenet', { seed: 1 });
  await model.summary();
  await model.save();
  expect(fetched).toBe(0);
  const bytes = await model.exportOnnx();
  using again = await striate.importOnnx(bytes);
  expect(fetched).toBe(1);
  const image = { data: new Float32Array(784).fill(0.5), shape: [1, 1, 28, 28] as const };
  expect((await again.predict(image)).probabilities).toEqual((await model.predict(image)).probabilities);
});

test('a split brings it', async () => {
  let fetched = 0;
  await using striate = await start((url) => {
    fetched++;
    return files.compileWasm(url);
  });
  const pixels = { data: new Uint8Array(20 * 4).map((_, i) => i), shape: [20, 1, 2, 2] as const };
  using all = await striate.datasets.fromPixels(pixels, Array.from({ length: 20 }, (_, i) => i % 2));
  expect(fetched).toBe(0);
  const { train, validation } = await all.split({ validation: 0.2, seed: 1 });
  expect([train.count, validation.count, fetched]).toEqual([16, 4, 1]);
  train.dispose();
  validation.dispose();
});

test('calls made while it is being fetched keep their order', async () => {
  await using striate = await start(async (url) => {
    await new Promise((done) => setTimeout(done, 30));
    return files.compileWasm(url);
  });
  const model = await striate.createModel('lenet', { seed: 1 });
  const order: string[] = [];
  const calls = [
    model.exportOnnx().then(() => order.push('exported')),
    model.summary().then(() => order.push('summary')),
    model.exportOnnx().then(() => order.push('exported again')),
  ];
  model.dispose();
  await Promise.all(calls);
  expect(order).toEqual(['exported', 'summary', 'exported again']);
});

test('what cannot be fetched is an error with a name; the engine lives on and tries again', async () => {
  let broken = true;
  await using striate = await start((url) =>
    broken ? Promise.reject(new Error('404 for x')) : files.compileWasm(url),
  );
  using model = await striate.createModel('lenet', { seed: 1 });
  await expect(model.exportOnnx()).rejects.toMatchObject({
    code: 'load_failed',
    message: expect.stringContaining('404 for x') as string,
    hint: expect.stringContaining('striate.more.wasm') as string,
  });
  expect(await model.summary()).toHaveLength(12);
  broken = false;
  expect((await model.exportOnnx()).length).toBeGreaterThan(100_000);
});

test('is looked for beside the first module when its address was given', async () => {
  const asked: string[] = [];
  const { alone } = files.wasmFiles.simd;
  const transport = () =>
    Promise.resolve(
      new InProcessTransport(createEngine, {
        files: {
          ...files,
          compileWasm: (url) => {
            asked.push(url);
            return files.compileWasm((/more/.test(url) ? alone.second : alone.first).href);
          },
        },
      }),
    );
  const wasmUrl = 'https://cdn.example/engine/striate.wasm?v=1';
  await using striate = await startStriate(transport, { wasmUrl, threads: 1 });
  using model = await striate.createModel('lenet', { seed: 1 });
  await model.exportOnnx();
  expect(asked).toEqual([wasmUrl, 'https://cdn.example/engine/striate.more.wasm']);
});

test('augmentation brings it too: as a policy, in a training, in a search, at test time, in a saved training', async () => {
  const noise = { data: new Uint8Array(20 * 784).map((_, i) => (i * 37) % 251), shape: [20, 1, 28, 28] as const };
  const labels = Array.from({ length: 20 }, (_, i) => i % 10);
  const policy = [{ type: 'HorizontalFlip', p: 1 }];
  const uses: ((striate: Striate, model: Model, data: Dataset) => Promise<unknown>)[] = [
    (striate) => striate.transforms(),
    (striate) => striate.augmentation(policy),
    (_, __, data) => data.augment(policy, { times: 1, seed: 1 }),
    (_, model, data) => model.fit(data, { epochs: 1, augmentation: policy }).done,
    (_, model, data) => model.findLearningRate(data, { steps: 20, augmentation: policy }),
    (_, model) => model.predict(noise, { tta: { set: 'flips' } }),
    (_, model, data) => model.evaluate(data, { tta: { set: 'flips' } }),
  ];
  for (const use of uses) {
    let fetched = 0;
    await using striate = await start((url) => {
      fetched++;
      return files.compileWasm(url);
    });
    using model = await striate.createModel('lenet', { seed: 1 });
    using data = await striate.datasets.fromPixels(noise, labels);
    await model.fit(data, { epochs: 1 }).done;
    await model.evaluate(data);
    expect(fetched).toBe(0);
    await use(striate, model, data);
    expect(fetched).toBe(1);
  }
  await using first = await start(files.compileWasm);
  using data = await first.datasets.fromPixels(noise, labels);
  using model = await first.createModel('lenet', { seed: 1 });
  await model.fit(data, { epochs: 1, augmentation: policy }).done;
  const saved = await model.save({ optimizer: true });
  await using second = await start(files.compileWasm);
  using loaded = await second.loadModel(saved);
  using again = await second.datasets.fromPixels(noise, labels);
  await loaded.fit(again, { epochs: 2, resume: true }).done;
  await model.fit(data, { epochs: 2, resume: true }).done;
  expect((await loaded.parameters())[0]).toEqual((await model.parameters())[0]);
});

test('so do the search for a rate and im2col', async () => {
  let fetched = 0;
  await using striate = await start((url) => {
    fetched++;
    return files.compileWasm(url);
  });
  using model = await striate.createModel('lenet', { seed: 1 });
  const image = { data: new Float32Array(784).fill(0.5), shape: [1, 1, 28, 28] as const };
  await model.predict(image);
  expect(fetched).toBe(0);
  await model.im2col(image, { layer: 'conv1' });
  expect(fetched).toBe(1);
});

test('no other call waits for it', () => {
  const needs = (method: string) =>
    needsSecondModule({ kind: 'call', id: 1, method, args: { options: {} }, topic: null } as never as CallMessage);
  expect(['createModel', 'fit', 'predict', 'evaluate', 'inspect', 'save', 'summary'].filter(needs)).toEqual([]);
});
