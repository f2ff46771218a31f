// Threads in Node: the same bits on any number, fewer where they do not come, and what happens when one breaks.
import { availableParallelism } from 'node:os';
import { expect, test, vi } from 'vitest';
import { startStriate } from '../../web/lib/load.js';
import type { LoadOptions, Model, NetworkSpec, Striate } from '../../web/lib/index.js';
import type { EngineFiles, EngineThread } from '../../web/worker/builds.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import type { LoaderOptions } from '../../web/worker/engine_loader.js';
import { automaticThreads, threadBarrier } from '../../web/worker/thread_probe.js';
import { createEngine, files } from './real_engine.js';

type Task = { readonly block: number; readonly bytes: number };

function start(options: LoadOptions, changed: Partial<EngineFiles & Pick<LoaderOptions, 'skipSelfTest'>> = {}) {
  const { skipSelfTest = false, ...other } = changed;
  const open = () => new InProcessTransport(createEngine, { files: { ...files, ...other }, skipSelfTest });
  return startStriate(() => Promise.resolve(open()), options);
}

/** Threads whose task is changed on its way, as `change` says for the n-th of them. */
const startingWith =
  (change: (task: Task, nth: number) => Task): EngineFiles['startThread'] =>
  (onFailure) => {
    const nth = started++;
    const thread = files.startThread(onFailure);
    return { ...thread, send: (task) => thread.send(change(task as Task, nth)) };
  };
let started = 0;

/** A stack that ends at its first function that keeps anything there: the thread traps in the middle of a layer. */
const withoutStack = (task: Task): Task => ({ ...task, bytes: 64 - task.block });

async function noise(striate: Striate, count: number, [c, h, w]: readonly [number, number, number]) {
  const data = new Uint8Array(count * c * h * w).map((_, i) => (i * i * 37 + i) % 251);
  return striate.datasets.fromPixels(
    { data, shape: [count, c, h, w] },
    Array.from({ length: count }, (_, i) => i % 10),
  );
}

const weightsOf = async (model: Model) => (await model.parameters()).map(({ name, data }) => [name, [...data]]);

/** Every layer that works on images, and a tail that is no whole block. */
const many: NetworkSpec = {
  input: { channels: 3, height: 16, width: 16 },
  layers: [
    { type: 'conv2d', name: 'a', outChannels: 16, kernelSize: 3, padding: 1 },
    { type: 'batchNorm2d' },
    { type: 'relu', name: 'r' },
    { type: 'conv2d', name: 'b', outChannels: 16, kernelSize: 3, padding: 1, groups: 16 },
    { type: 'groupNorm', name: 'g', groups: 4 },
    { type: 'add', name: 'sum', inputs: ['r', 'g'] },
    { type: 'maxPool2d', kernelSize: 2 },
    { type: 'conv2d', outChannels: 24, kernelSize: 1, stride: 1 },
    { type: 'localResponseNorm', size: 3 },
    { type: 'dropout2d', p: 0.2 },
    { type: 'convTranspose2d', outChannels: 12, kernelSize: 2, stride: 2 },
    { type: 'gelu' },
    { type: 'averagePool2d', kernelSize: 2 },
    { type: 'upsample', scale: 2 },
    { type: 'flatten' },
    { type: 'dropout', p: 0.5 },
    { type: 'linear', outFeatures: 48 },
    { type: 'tanh' },
    { type: 'linear', outFeatures: 10 },
  ],
};

test('the same bits on 1, 2, 3 and 4 threads, through many layers, with dropout and augmentation', async () => {
  const trained = [];
  for (const threads of [1, 2, 3, 4]) {
    await using striate = await start({ threads });
    expect(striate.info).toMatchObject({ threads, notes: [] });
    using data = await noise(striate, 150, [3, 16, 16]);
    using model = await striate.createModel(many, { seed: 3 });
    const losses: number[] = [];
    const augmentation = [{ type: 'HorizontalFlip' }, { type: 'Rotate', limit: 20 }, { type: 'GaussNoise' }];
    const options = { epochs: 2, batchSize: 56, seed: 5, averageWeights: { decay: 0.9 }, augmentation };
    for await (const report of model.fit(data, { ...options, validation: data })) losses.push(...report.losses);
    const { probabilities } = await model.predict((await data.images([...Array(70).keys()])).data);
    const { accuracy, loss } = await model.evaluate(data, { tta: { set: 'flips' } });
    trained.push({ losses, weights: await weightsOf(model), probabilities: [...probabilities], accuracy, loss });
  }
  expect(trained[0]?.losses).toHaveLength(6);
  for (const other of trained.slice(1)) expect(other).toEqual(trained[0]);
});

test('threads that do not start, or come to nothing, are done without', async () => {
  const refused = () => {
    throw new Error('a policy forbids it');
  };
  const failing: EngineFiles['startThread'] = (onFailure) => {
    const thread: EngineThread = { send: () => onFailure('its script is not there'), terminate: () => undefined };
    return thread;
  };
  for (const [startThread, reason] of [
    [refused, 'a policy forbids it'],
    [failing, 'its script is not there'],
  ] as const) {
    await using striate = await start({ threads: 3 }, { startThread });
    expect(striate.info).toMatchObject({ build: 'simd', threads: 1, notes: [{ code: 'threads_failed' }] });
    expect(striate.info.notes[0]?.message).toContain(reason);
    expect((await striate.createModel('lenet')).classes).toBe(10);
  }
});

test('one of three threads fails, one is silent: the others work, and nobody waits for long', async () => {
  started = 0;
  const startThread: EngineFiles['startThread'] = (onFailure) => {
    const nth = started++;
    if (nth === 0) return { send: () => setTimeout(() => onFailure('gone'), 5), terminate: () => undefined };
    if (nth === 1) return { send: () => undefined, terminate: () => undefined };
    return files.startThread(onFailure);
  };
  const openEngine: EngineFiles['openEngine'] = (create, given, options) =>
    files.openEngine(create, given, { ...options, patienceMs: 1000 });
  await using striate = await start({ threads: 4 }, { startThread, openEngine });
  expect(striate.info.threads).toBe(2);
  expect(striate.info.notes.map(({ code }) => code)).toEqual(['threads_failed']);
  using data = await noise(striate, 64, [1, 28, 28]);
  using model = await striate.createModel('lenet', { seed: 1 });
  expect((await model.fit(data, { epochs: 2, batchSize: 32 }).done).step).toBe(4);
});

test('threads that trap in the self-test give way to an engine without', async () => {
  for (let attempt = 1; ; attempt++) {
    await using striate = await start({ threads: 2 }, { startThread: startingWith(withoutStack) });
    // On a busy machine the thread may find nothing left to do.
    if (striate.info.threads === 2 && attempt < 20) continue;
    expect(striate.info).toMatchObject({ threads: 1, notes: [{ code: 'threads_failed' }] });
    expect(striate.info.notes[0]?.message).toContain('The engine stopped in predict');
    expect((await striate.createModel('lenet')).classes).toBe(10);
    return;
  }
});

test('a thread that traps is the death of its engine; another goes on from the checkpoint, with the same bits', async () => {
  const options = { epochs: 40, batchSize: 32, seed: 9 };
  await using undisturbed = await start({ threads: 1 });
  using expected = await undisturbed.createModel('lenet', { seed: 2 });
  await expected.fit(await noise(undisturbed, 128, [1, 28, 28]), options).done;

  started = 0;
  const startThread = startingWith((task, nth) => (nth === 0 ? withoutStack(task) : task));
  await using striate = await start({ threads: 2, checkpointEveryMs: 0 }, { startThread, skipSelfTest: true });
  expect(striate.info.threads).toBe(2);
  const statuses: string[] = [];
  striate.onStatus((status) => statuses.push(status));
  using model = await striate.createModel('lenet', { seed: 2 });
  await model.fit(await noise(striate, 128, [1, 28, 28]), options).done;
  expect(statuses).toEqual(['recovering', 'ready']);
  expect(striate.info.threads).toBe(2);
  expect(await weightsOf(model)).toEqual(await weightsOf(expected));
});

test('close sends the threads away', async () => {
  const ended: boolean[] = [];
  const startThread: EngineFiles['startThread'] = (onFailure) => {
    const thread = files.startThread(onFailure);
    const nth = ended.push(false) - 1;
    const terminate = () => {
      ended[nth] = true;
      thread.terminate();
    };
    return { ...thread, terminate };
  };
  const striate = await start({ threads: 3 }, { startThread });
  expect(ended).toEqual([false, false]);
  await striate.close();
  expect(ended).toEqual([true, true]);
});

test('as many threads as suit the machine', async () => {
  await using striate = await start({});
  expect(striate.info).toMatchObject({ threads: automaticThreads(availableParallelism()), notes: [] });
  expect([1, 2, 3, 4, 6, 8, 16, 64].map(automaticThreads)).toEqual([1, 2, 2, 2, 3, 4, 8, 8]);
});

test('where memory cannot be shared, or threads cannot wait, there is a reason', () => {
  expect(threadBarrier()).toBe(null);
  expect(threadBarrier({ crossOriginIsolated: true, SharedArrayBuffer })).toBe(null);
  expect(threadBarrier({ crossOriginIsolated: false, SharedArrayBuffer })).toBe('not_isolated');
  expect(threadBarrier({ crossOriginIsolated: true })).toBe('no_shared_memory');
  const wait = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new TypeError('Atomics.wait cannot be called in this context');
  });
  try {
    expect(threadBarrier({ crossOriginIsolated: true, SharedArrayBuffer })).toBe('cannot_wait');
  } finally {
    wait.mockRestore();
  }
});

test('where memory is short, a shared one is smaller', async () => {
  const { Memory } = WebAssembly;
  const asked: number[] = [];
  vi.spyOn(WebAssembly, 'Memory').mockImplementation(function (descriptor) {
    asked.push((descriptor.maximum ?? 0) / 16384);
    if ((descriptor.maximum ?? 0) > 8192) throw new RangeError('could not allocate memory');
    return new Memory(descriptor);
  });
  try {
    await using striate = await start({ threads: 2 });
    expect(asked).toEqual([2, 1, 0.5]);
    expect(striate.info.memory.limit).toBe(2 ** 29);
    expect(striate.info.threads).toBe(2);
    // And there, what does not fit is refused.
    await expect(striate.datasets.synthetic({ count: 50_000, size: 64 })).rejects.toMatchObject({
      code: 'out_of_memory',
    });
  } finally {
    vi.restoreAllMocks();
  }
});
