// The public library over a fake engine: handles, loops, signals, checks, closing.
import { expect, test, vi } from 'vitest';
import { StriateError, loadStriate } from '../../web/lib/index.js';
import type { Striate, TrainingReport } from '../../web/lib/index.js';
import { fakeStriate, fakesOfOneFile } from './fake_striate.js';

const start = fakesOfOneFile();

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('says what was loaded', async () => {
  const { striate } = await start();
  expect(striate.info).toMatchObject({ build: 'simd', version: '0.0.0', threads: 1 });
  expect(striate.info.memory.used).toBe(1000);
  expect(striate.info.memory.limit).toBe(2 ** 31);
  expect(striate.status).toBe('ready');
  expect(striate.zoo).toContain('lenet');
});

test('a model knows its network, input and classes', async () => {
  const { model } = await start();
  expect(model.inputShape).toEqual([1, 2, 2]);
  expect(model.classes).toBe(10);
  expect(model.network.layers[0]).toMatchObject({ type: 'linear', name: 'fc1' });
  expect((await model.summary())[0]).toMatchObject({ outputShape: [10, 1, 1] });
});

test('datasets: count, split, slice, append, images', async () => {
  const { dataset } = await start();
  expect(dataset).toMatchObject({ count: 20, shape: [1, 2, 2], classes: 10 });
  const { train, validation } = await dataset.split({ validation: 0.1, seed: 1 });
  expect([train.count, validation.count]).toEqual([18, 2]);
  const slice = await dataset.slice(5, 3);
  expect(slice.count).toBe(3);
  await slice.append(Uint8Array.of(9, 8, 7, 6), [7]);
  expect(slice.count).toBe(4);
  const { data, labels, shape } = await slice.images([3, 0]);
  expect([...data]).toEqual([9, 8, 7, 6, 20, 21, 22, 23]);
  expect(labels).toEqual([7, 5]);
  expect(shape).toEqual([2, 1, 2, 2]);
});

test('a for await loop sees every step, and the end', async () => {
  const { model, dataset } = await start();
  const losses: number[] = [];
  let last: TrainingReport | null = null;
  for await (const report of model.fit(dataset, { epochs: 3, batchSize: 4, validation: dataset })) {
    expect(report.firstStep).toBe(losses.length + 1);
    losses.push(...report.losses);
    last = report;
  }
  expect(losses).toHaveLength(15);
  expect(last).toMatchObject({ step: 15, done: true, validation: { step: 15, images: 20 } });
});

test('a slow loop loses nothing', async () => {
  const { model, dataset } = await start({ stepMs: 1 });
  let losses = 0;
  let reports = 0;
  const began = performance.now();
  for await (const report of model.fit(dataset, { epochs: 60, batchSize: 4 })) {
    losses += report.losses.length;
    reports++;
    await pause(120);
  }
  expect(losses).toBe(300);
  expect(reports).toBeLessThanOrEqual((performance.now() - began) / 120 + 1);
});

test('leaving the loop stops the training', async () => {
  const { model, dataset, engine } = await start({ stepMs: 1 });
  const run = model.fit(dataset, { epochs: 1000, batchSize: 4 });
  for await (const report of run) if (report.step > 3) break;
  expect(engine.log).toContain('trainEnd');
  expect((await run.done).reason).toBe('stopped');
  await model.fit(dataset, { epochs: 1, batchSize: 4 }).done;
});

test('the signal ends loop and done with code aborted', async () => {
  const { model, dataset } = await start({ stepMs: 1 });
  const controller = new AbortController();
  const run = model.fit(dataset, { epochs: 1000, batchSize: 4, signal: controller.signal });
  const loop = (async () => {
    for await (const report of run) if (report.step > 3) controller.abort();
  })();
  await expect(loop).rejects.toMatchObject({ code: 'aborted', name: 'AbortError' });
  await expect(run.done).rejects.toMatchObject({ code: 'aborted' });
  await model.predict(new Uint8Array(4));
});

test('pause, resume, configure, watch and stop', async () => {
  const { model, dataset } = await start({ stepMs: 1 });
  const run = model.fit(dataset, { epochs: 1000, batchSize: 4 });
  let last: TrainingReport | null = null;
  const loop = (async () => {
    for await (const report of run) last = report;
  })();
  await pause(60);
  await run.pause();
  expect(run.paused).toBe(true);
  await pause(20);
  const held = (last as TrainingReport | null)?.step;
  await pause(60);
  expect((last as TrainingReport | null)?.step).toBe(held);
  await run.configure({ learningRate: 0.5, batchSize: 10 });
  await run.watch({ image: Uint8Array.of(3, 0, 0, 0), parameters: ['fc1.weight'], everyMs: 0 });
  await run.resume();
  await pause(80);
  const outcome = await run.stop();
  await loop;
  expect(outcome.reason).toBe('stopped');
  expect(last).toMatchObject({ learningRate: 0.5, batchSize: 10, stepsPerEpoch: 2, done: true });
  const frame = (last as TrainingReport | null)?.watch;
  expect(frame?.inspection?.layers[0]?.data[0]).toBe(3);
  expect(frame?.parameters?.[0]).toMatchObject({ name: 'fc1.weight', shape: [1, 1] });
  // Over: controls take no notice.
  await run.pause();
  await run.configure({ batchSize: 3 });
});

test('a change the engine refuses rejects, and the training goes on', async () => {
  const { model, dataset } = await start({ stepMs: 1 });
  const run = model.fit(dataset, { epochs: 20, batchSize: 4 });
  await expect(run.configure({ batchSize: 5000 })).rejects.toMatchObject({ code: 'out_of_memory' });
  await expect(run.configure({ batchSize: 0 })).rejects.toMatchObject({ code: 'invalid_argument' });
  expect((await run.done).reason).toBe('finished');
});

test('a training that nobody listens to fails without an unhandled rejection', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const { model, dataset } = await start({ notFiniteAtStep: 2 });
  const run = model.fit(dataset, { epochs: 2 });
  await pause(50);
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  await expect(run.done).rejects.toMatchObject({ code: 'not_finite' });
});

test('predict takes copies: the caller may change or view a large buffer', async () => {
  const { model } = await start();
  const large = new Uint8Array(4000);
  large[400] = 5;
  const call = model.predict(large.subarray(400, 408));
  large[400] = 9;
  const { probabilities, shape } = await call;
  expect(shape).toEqual([2, 10]);
  expect(probabilities[0]).toBe(5);
  expect(large.byteLength).toBe(4000);
});

test('topics: the latest wins, each model by itself', async () => {
  const { striate, model } = await start();
  const second = await striate.createModel('lenet');
  const image = (value: number) => Uint8Array.of(value, 0, 0, 0);
  const older = model.inspect(image(1), { topic: 'pad' });
  const newer = model.inspect(image(2), { topic: 'pad' });
  const other = second.inspect(image(3), { topic: 'pad' });
  await expect(older).rejects.toMatchObject({ code: 'superseded', name: 'AbortError' });
  expect((await newer).layers[0]?.data[0]).toBe(2);
  expect((await other).layers[0]?.data[0]).toBe(3);
});

test('save and load', async () => {
  const { striate, model, dataset } = await start();
  await model.fit(dataset, { epochs: 1, batchSize: 4 }).done;
  const same = await striate.loadModel(await model.save({ optimizer: true }));
  expect((await same.parameters())[0]?.data).toEqual((await model.parameters())[0]?.data);
  await expect(striate.loadModel(new Uint8Array([1, 2]))).rejects.toMatchObject({ code: 'invalid_file' });
});

test('a saved training goes on where it stood', async () => {
  const { striate, model, dataset } = await start();
  await model.fit(dataset, { epochs: 4, batchSize: 3 }).done;
  const whole = (await model.parameters())[0]?.data[0];

  const cut = await striate.createModel('lenet', { seed: 1 });
  const run = cut.fit(dataset, { epochs: 4, batchSize: 3 });
  await run.stop();
  const loaded = await striate.loadModel(await cut.save({ optimizer: true }));
  await loaded.fit(dataset, { epochs: 4, batchSize: 3, resume: true }).done;
  expect((await loaded.parameters())[0]?.data[0]).toBe(whole);
});

test('dispose is idempotent, and what is disposed says so', async () => {
  const { model, dataset } = await start();
  model.dispose();
  model.dispose();
  await expect(model.predict(new Uint8Array(4))).rejects.toMatchObject({ code: 'disposed' });
  expect(() => model.fit(dataset, { epochs: 1 })).toThrow(StriateError);
  dataset.dispose();
  dataset.dispose();
  await expect(dataset.slice(0, 1)).rejects.toMatchObject({ code: 'disposed' });
});

test('close is idempotent; calls under way and later ones reject', async () => {
  const { striate, model, dataset } = await start({ stepMs: 1 });
  const run = model.fit(dataset, { epochs: 1000 });
  await striate.close();
  await striate.close();
  await expect(run.done).rejects.toMatchObject({ code: 'closed' });
  await expect(striate.createModel('lenet')).rejects.toMatchObject({ code: 'closed' });
  await expect(striate.recover()).rejects.toMatchObject({ code: 'closed' });
  expect(striate.status).toBe('closed');
});

test('await using closes, using disposes', async () => {
  let kept: Striate;
  {
    await using striate = (await fakeStriate()).striate;
    kept = striate;
    using model = await striate.createModel('lenet');
    expect(model.classes).toBe(10);
  }
  expect(kept.status).toBe('closed');
});

test('a model and a dataset of two engines do not mix', async () => {
  const { model } = await start();
  const other = await start();
  expect(() => model.fit(other.dataset, { epochs: 1 })).toThrow('belongs to another engine');
  await expect(model.evaluate({} as never)).rejects.toMatchObject({ hint: 'Give a dataset made by striate.datasets.' });
});

test.each([
  ['epochs', { epochs: 0 }, 'epochs is 0.'],
  ['a fraction', { epochs: 1, batchSize: 2.5 }, 'batchSize is 2.5.'],
  ['a seed', { epochs: 1, seed: -1 }, 'seed is -1.'],
  ['a rate', { epochs: 1, optimizer: { type: 'sgd', learningRate: NaN } }, 'optimizer.learningRate is NaN.'],
  ['a momentum', { epochs: 1, optimizer: { type: 'sgd', momentum: 1 } }, 'optimizer.momentum is 1.'],
  ['an optimizer', { epochs: 1, optimizer: { type: 'adagrad' } }, 'optimizer.type is "adagrad".'],
  ['a schedule', { epochs: 1, schedule: { type: 'wild' } }, 'schedule.type is "wild".'],
  ['a misspelt option', { epochs: 1, batchsize: 3 }, 'fit options has no option "batchsize".'],
  ['nothing', undefined, 'fit options is undefined.'],
])('fit refuses %s', async (_, options, message) => {
  const { model, dataset } = await start();
  expect(() => model.fit(dataset, options as never)).toThrow(message);
});

test.each([
  [{ threads: 65 }, 'threads is 65.'],
  [{ build: 'gpu' }, 'build is "gpu".'],
  [{ wasmurl: 'x' }, 'no option "wasmurl"'],
])('loadStriate refuses %j', async (options, message) => {
  await expect(loadStriate(options as never)).rejects.toThrow(message);
});

test.each([
  [{ input: { channels: 1, height: 28 }, layers: [] }, 'network.input.width is undefined.'],
  [{ input: { channels: 1, height: 28, width: 28 } }, 'network.layers is undefined.'],
  [
    { input: { channels: 1, height: 2, width: 2 }, layers: [{ type: 'conv2d', paddingValue: Infinity }] },
    'paddingValue is Infinity',
  ],
])('createModel refuses %#', async (network, message) => {
  const { striate } = await start();
  await expect(striate.createModel(network as never)).rejects.toThrow(message);
});
