// The engine's host and the client over the in-process transport: slices, topics, aborts, failures.
import { afterEach, expect, test } from 'vitest';
import { EngineClient } from '../../web/worker/client.js';
import type { StriateError } from '../../web/worker/errors.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import type { CheckpointMessage, FitArguments, WireReport } from '../../web/worker/protocol.js';
import { FakeEngine } from './fake_engine.js';
import type { Faults } from './fake_engine.js';

const open: EngineClient[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close(new Error('test over') as StriateError);
});

async function start(faults: Faults = {}) {
  const engine = new FakeEngine(faults);
  const client = new EngineClient(new InProcessTransport(engine.create, { skipSelfTest: true }));
  open.push(client);
  await client.open({ build: 'auto', threads: 'auto', wasmUrl: null });
  const { model } = await client.call('createModel', { network: 'lenet', seed: 1 });
  const images = new Uint8Array(80);
  const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 10);
  const { dataset } = await client.call('datasetFromIdx', { images, labels });
  return { engine, client, model, dataset };
}

function fitArguments(model: number, dataset: number, more: Partial<FitArguments> = {}): FitArguments {
  return {
    model,
    dataset,
    options: { epochs: 3, batchSize: 4 },
    validation: null,
    validateEvery: 0,
    watch: null,
    paused: false,
    checkpointEveryMs: 1000,
    totals: { images: 0, trainingMs: 0, elapsedMs: 0 },
    ...more,
  };
}

/** The code a promise rejects with. */
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: StriateError) => error.code,
  );

test('answers a call with its value and the memory in use', async () => {
  const { client, model } = await start();
  const rows = await client.call('summary', { model });
  expect(rows.map((row) => row.name)).toEqual(['fc1']);
  expect(client.memory.used).toBe(1000);
});

test('an error of the engine crosses with code, message and hint', async () => {
  const { client } = await start();
  await expect(client.call('createModel', { network: 'nonet', seed: 0 })).rejects.toMatchObject({
    code: 'not_found',
    message: 'There is no network "nonet".',
    hint: 'A hint.',
    name: 'StriateError',
  });
});

test('a training reports every loss once, and ends with a checkpoint', async () => {
  const { client, model, dataset } = await start();
  const reports: WireReport[] = [];
  const checkpoints: CheckpointMessage[] = [];
  const outcome = await client.call('fit', fitArguments(model, dataset), {
    onProgress: (report) => reports.push(report),
    onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
  });
  expect(outcome).toEqual({ reason: 'finished', step: 15, epoch: 2 });
  const losses = reports.flatMap((report) => [...report.losses]);
  expect(losses).toEqual(Array.from({ length: 15 }, (_, i) => Math.fround(1 / (i + 1))));
  expect(reports.at(-1)).toMatchObject({ done: true, step: 15, images: 60, stepsPerEpoch: 5, batchSize: 4 });
  expect(checkpoints.at(-1)?.step).toBe(15);
});

test('reports are coalesced to some 25 a second', async () => {
  const { client, model, dataset } = await start({ stepMs: 0.2 });
  const reports: WireReport[] = [];
  const began = performance.now();
  await client.call('fit', fitArguments(model, dataset, { options: { epochs: 200, batchSize: 4 } }), {
    onProgress: (report) => reports.push(report),
  });
  const seconds = (performance.now() - began) / 1000;
  expect(reports.flatMap((report) => [...report.losses])).toHaveLength(1000);
  expect(reports.length).toBeLessThan(25 * seconds + 3);
});

test('short calls are answered between the slices of a training', async () => {
  const { client, model, dataset } = await start({ stepMs: 1 });
  const fit = client.call('fit', fitArguments(model, dataset, { options: { epochs: 60, batchSize: 4 } }));
  const delays: number[] = [];
  for (let i = 0; i < 8; i++) {
    const asked = performance.now();
    await client.call('predict', { model, pixels: new Uint8Array(4), count: 1 });
    delays.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await fit;
  // A slice is 4 ms; the margin is for a busy machine.
  expect(delays.sort((a, b) => a - b)[4]).toBeLessThan(25);
});

test('timers fire while a training runs on the same thread', async () => {
  const { client, model, dataset } = await start({ stepMs: 1 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  await client.call('fit', fitArguments(model, dataset, { options: { epochs: 40, batchSize: 4 } }));
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(5);
});

test('of several requests of one topic only the latest is served', async () => {
  const { client, model, engine } = await start();
  engine.log.length = 0;
  const ask = (value: number, topic: string) =>
    client.call('predict', { model, pixels: Uint8Array.of(value, 0, 0, 0), count: 1 }, { topic });
  const [first, second, third, other] = [ask(1, 'pad'), ask(2, 'pad'), ask(3, 'pad'), ask(4, 'other')];
  expect(await codeOf(first)).toBe('superseded');
  expect(await codeOf(second)).toBe('superseded');
  expect((await third).probabilities[0]).toBe(3);
  expect((await other).probabilities[0]).toBe(4);
  expect(engine.log).toEqual(['predict', 'predict']);
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
});

test('a training makes way for a hand, and is not starved by it', async () => {
  const { client, model, dataset, engine } = await start({ stepMs: 1 });
  const endless = { options: { epochs: 100_000, batchSize: 4 } };
  const fit = client.call('fit', fitArguments(model, dataset, endless)).catch(() => undefined);
  /** Slices of the training in `ms` with a request every few ms. */
  const slicesIn = async (ms: number, topic: string | undefined) => {
    engine.log.length = 0;
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await client.call('predict', { model, pixels: new Uint8Array(4), count: 1 }, { topic });
      await new Promise((resolve) => setTimeout(resolve, 6));
    }
    return engine.log.filter((call) => call === 'trainSteps').length;
  };
  const alone = await slicesIn(500, undefined);
  const drawing = await slicesIn(500, 'pad');
  expect(drawing).toBeGreaterThanOrEqual(4);
  expect(drawing).toBeLessThanOrEqual(12);
  expect(alone).toBeGreaterThan(2 * drawing);
  client.close(new Error('over') as StriateError);
  await fit;
});

test('topics of different methods do not meet', async () => {
  const { client, model } = await start();
  const pixels = () => new Uint8Array(4);
  const results = await Promise.allSettled([
    client.call('predict', { model, pixels: pixels(), count: 1 }, { topic: 'pad' }),
    client.call('inspect', { model, pixels: pixels(), layers: null }, { topic: 'pad' }),
  ]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled']);
});

test('an abort ends a waiting call and is never answered', async () => {
  const { client, model, engine } = await start();
  engine.log.length = 0;
  const controller = new AbortController();
  const options = { topic: 'pad', signal: controller.signal };
  const call = client.call('predict', { model, pixels: new Uint8Array(4), count: 1 }, options);
  controller.abort('enough');
  await expect(call).rejects.toMatchObject({ code: 'aborted', cause: 'enough' });
  await client.call('ping', null);
  expect(engine.log).toEqual([]);
});

test('an aborted training stops, is cleaned up, and leaves a checkpoint', async () => {
  const { client, model, dataset, engine } = await start({ stepMs: 1 });
  const controller = new AbortController();
  const checkpoints: CheckpointMessage[] = [];
  const fit = client.call('fit', fitArguments(model, dataset, { options: { epochs: 1000, batchSize: 4 } }), {
    signal: controller.signal,
    onProgress: () => controller.abort(),
    onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
  });
  expect(await codeOf(fit)).toBe('aborted');
  await client.call('ping', null);
  expect(engine.log).toContain('trainEnd');
  expect(checkpoints).toHaveLength(1);
  // The model can be trained again.
  await client.call('fit', fitArguments(model, dataset));
});

test('pause holds the steps, resume lets them go on', async () => {
  const { client, model, dataset } = await start({ stepMs: 1 });
  let fit = 0;
  let steps = 0;
  const done = client.call('fit', fitArguments(model, dataset, { options: { epochs: 30, batchSize: 4 } }), {
    onId: (id) => (fit = id),
    onProgress: (report) => (steps = report.step),
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await client.call('fitControl', { fit, control: { action: 'pause' } });
  const held = steps;
  expect(held).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(steps).toBe(held);
  // A paused model can be evaluated.
  await client.call('evaluate', { model, dataset, options: {} });
  await client.call('fitControl', { fit, control: { action: 'resume' } });
  expect((await done).step).toBe(150);
});

test('validation comes at the end of each epoch and every n steps', async () => {
  const { client, model, dataset } = await start();
  const validated: number[] = [];
  await client.call('fit', fitArguments(model, dataset, { validation: dataset, validateEvery: 2 }), {
    onProgress: ({ validation }) => validation && validated.push(validation.step),
  });
  expect(validated).toEqual([2, 4, 5, 6, 8, 10, 12, 14, 15]);
});

test('an evaluation holds up the training of its model, so that it sees one set of weights', async () => {
  const { client, model, dataset, engine } = await start({ stepMs: 0.5 });
  const fit = client.call('fit', fitArguments(model, dataset, { options: { epochs: 50, batchSize: 4 } }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await client.call('evaluate', { model, dataset, options: {} });
  const from = engine.log.indexOf('evaluateBegin');
  const to = engine.log.lastIndexOf('evaluateSteps');
  expect(to).toBeGreaterThan(from);
  expect(engine.log.slice(from, to)).not.toContain('trainSteps');
  await fit;
});

test('two evaluations of one model come one after the other', async () => {
  const { client, model, dataset } = await start();
  const results = await Promise.all([
    client.call('evaluate', { model, dataset, options: {} }),
    client.call('evaluate', { model, dataset, options: {} }),
  ]);
  expect(results.map((result) => result.images)).toEqual([20, 20]);
});

test('a second training of the same model is refused', async () => {
  const { client, model, dataset } = await start();
  const first = client.call('fit', fitArguments(model, dataset));
  expect(await codeOf(client.call('fit', fitArguments(model, dataset)))).toBe('busy');
  await first;
});

test('a disposed dataset is freed when the training that uses it is over', async () => {
  const { client, model, dataset, engine } = await start({ stepMs: 0.5 });
  const fit = client.call('fit', fitArguments(model, dataset));
  await client.call('disposeDataset', { dataset });
  expect(engine.log).not.toContain('disposeDataset');
  await fit;
  expect(engine.log.at(-1)).toBe('disposeDataset');
});

test('disposing a model ends its training', async () => {
  const { client, model, dataset } = await start({ stepMs: 0.5 });
  const fit = client.call('fit', fitArguments(model, dataset, { options: { epochs: 1000, batchSize: 4 } }));
  const disposal = client.call('disposeModel', { model });
  expect(await codeOf(fit)).toBe('disposed');
  await disposal;
});

test('a number that is not finite fails the training and keeps the last good weights', async () => {
  const { client, model, dataset, engine } = await start({ notFiniteAtStep: 7 });
  const checkpoints: CheckpointMessage[] = [];
  const fit = client.call('fit', fitArguments(model, dataset), { onCheckpoint: (c) => checkpoints.push(c) });
  await expect(fit).rejects.toMatchObject({ code: 'not_finite', message: 'Step 7: NaN.' });
  expect(checkpoints.at(-1)?.step).toBeLessThan(7);
  expect(engine.log).toContain('trainEnd');
});

test('the live view takes no more than its share', async () => {
  const { client, model, dataset } = await start({ stepMs: 1, inspectMs: 4 });
  const watch = { pixels: new Uint8Array(4), layers: null, parameters: ['fc1.weight'], everyMs: 0, maxShare: 0.04 };
  let frames = 0;
  let trainingMs = 0;
  await client.call('fit', fitArguments(model, dataset, { watch, options: { epochs: 100, batchSize: 4 } }), {
    onProgress: (report) => {
      if (report.watch) frames++;
      trainingMs = report.trainingMs;
      if (report.done) expect(report.watch?.inspection?.layout.layers[0]?.name).toBe('fc1');
    },
  });
  // The first and the last frame come whatever they cost.
  expect(frames).toBeGreaterThanOrEqual(2);
  expect((frames - 2) * 4).toBeLessThanOrEqual(0.05 * trainingMs);
});

test('a live view of a layer that does not exist is refused when it is asked for', async () => {
  const { client, model, dataset } = await start();
  const watch = { pixels: new Uint8Array(4), layers: ['conv9'], parameters: [], everyMs: 0, maxShare: 0.04 };
  expect(await codeOf(client.call('fit', fitArguments(model, dataset, { watch })))).toBe('not_found');
  // And the model is not left in training.
  await client.call('fit', fitArguments(model, dataset));
});

test('a trap is the death of the engine: everything under way rejects, and so does what comes after', async () => {
  const { client, model, dataset } = await start({ trapAtStep: 6, stepMs: 0.1 });
  let lost: StriateError | null = null;
  client.onlost = (error) => (lost = error);
  const fit = client.call('fit', fitArguments(model, dataset));
  expect(await codeOf(fit)).toBe('worker_lost');
  expect(lost).toMatchObject({ code: 'worker_lost' });
  expect((lost as StriateError | null)?.message).toContain('unreachable');
  expect(await codeOf(client.call('ping', null))).toBe('worker_lost');
});

test('a module that cannot be loaded says so', async () => {
  const engine = new FakeEngine({ loadError: new Error("'unsafe-eval' is not an allowed source of script") });
  const client = new EngineClient(new InProcessTransport(engine.create));
  open.push(client);
  await expect(client.open({ build: 'auto', threads: 'auto', wasmUrl: null })).rejects.toMatchObject({
    code: 'load_failed',
    hint: expect.stringContaining('wasm-unsafe-eval') as string,
  });
});

test('an engine that computes something else fails its self-test', async () => {
  const client = new EngineClient(new InProcessTransport(new FakeEngine().create));
  open.push(client);
  expect(await codeOf(client.open({ build: 'auto', threads: 'auto', wasmUrl: null }))).toBe('self_test_failed');
});
