// A worker dies: datasets and models come back in a new one, trainings go on, nothing is lost.
import { expect, test, vi } from 'vitest';
import type { StriateStatus, TrainingReport } from '../../web/lib/index.js';
import { Engine } from '../../web/lib/kept_engine.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import type { Transport } from '../../web/worker/transport.js';
import { FakeEngine } from './fake_engine.js';
import { fakesOfOneFile } from './fake_striate.js';

const startOne = fakesOfOneFile();

async function start(...settings: Parameters<typeof startOne>) {
  const fake = await startOne(...settings);
  const statuses: StriateStatus[] = [];
  fake.striate.onStatus((status) => statuses.push(status));
  return { ...fake, statuses };
}

/** The weight after a whole training that nothing disturbed. */
async function undisturbed(epochs: number): Promise<number | undefined> {
  const { model, dataset } = await start();
  await model.fit(dataset, { epochs, batchSize: 3 }).done;
  return (await model.parameters())[0]?.data[0];
}

test('a training goes on from its checkpoint and ends with the same weights', async () => {
  const { striate, model, dataset, kill, statuses, engine } = await start({ stepMs: 1 }, { checkpointEveryMs: 20 });
  const run = model.fit(dataset, { epochs: 30, batchSize: 3 });
  const losses = new Map<number, number>();
  let killed = 0;
  let last: TrainingReport | null = null;
  for await (const report of run) {
    report.losses.forEach((loss, i) => losses.set(report.firstStep + i, loss));
    last = report;
    if (killed === 0 && report.step > 60) {
      killed = report.step;
      kill();
    }
  }
  expect(killed).toBeGreaterThan(0);
  expect(statuses).toEqual(['recovering', 'ready']);
  expect(striate.status).toBe('ready');
  expect(engine.loads).toBe(2);
  // It went on, and did not begin anew: the second engine made fewer steps than a whole training has.
  expect(engine.log.filter((name) => name === 'trainBegin')).toHaveLength(2);
  expect(losses.size).toBe(210);
  expect(last).toMatchObject({ step: 210, images: 600, done: true });
  expect((await model.parameters())[0]?.data[0]).toBe(await undisturbed(30));
});

test('a trap inside the engine is a death like any other', async () => {
  const { model, dataset, statuses } = await start({ stepMs: 0.5, trapAtStep: 40 }, { checkpointEveryMs: 5 });
  const outcome = await model.fit(dataset, { epochs: 10, batchSize: 3 }).done;
  expect(outcome).toEqual({ reason: 'finished', step: 70, epoch: 9 });
  expect(statuses).toEqual(['recovering', 'ready']);
  expect((await model.parameters())[0]?.data[0]).toBe(await undisturbed(10));
});

test('before the first checkpoint a training begins anew', async () => {
  const { model, dataset, kill } = await start({ stepMs: 1 });
  const run = model.fit(dataset, { epochs: 10, batchSize: 3 });
  await new Promise((resolve) => setTimeout(resolve, 30));
  kill();
  expect((await run.done).step).toBe(70);
  expect((await model.parameters())[0]?.data[0]).toBe(await undisturbed(10));
});

test('a paused training stays paused, changes stay changed, stop still stops', async () => {
  const { model, dataset, kill, striate } = await start({ stepMs: 1 }, { checkpointEveryMs: 5 });
  const run = model.fit(dataset, { epochs: 1000, batchSize: 3 });
  let last: TrainingReport | null = null;
  const loop = (async () => {
    for await (const report of run) last = report;
  })();
  await new Promise((resolve) => setTimeout(resolve, 60));
  await run.pause();
  await run.configure({ batchSize: 5, learningRate: 0.25 });
  kill();
  await striate.recover();
  await new Promise((resolve) => setTimeout(resolve, 60));
  const held = (last as TrainingReport | null)?.step ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect((last as TrainingReport | null)?.step).toBe(held);
  await run.resume();
  await new Promise((resolve) => setTimeout(resolve, 80));
  kill();
  const outcome = await run.stop();
  await loop;
  expect(outcome.reason).toBe('stopped');
  expect(outcome.step).toBeGreaterThan(held);
  expect(last).toMatchObject({ learningRate: 0.25, stepsPerEpoch: 4 });
});

test('calls under way reject with worker_lost; later ones wait for the new engine', async () => {
  const { model, kill } = await start();
  const under = model.predict(new Uint8Array(4));
  kill();
  const later = model.predict(new Uint8Array(4));
  await expect(under).rejects.toMatchObject({
    code: 'worker_lost',
    hint: expect.stringContaining('recover') as string,
  });
  expect((await later).shape).toEqual([1, 10]);
});

test('all datasets come back: split, sliced, appended, and those whose parent was disposed', async () => {
  const { striate, dataset, model, kill } = await start();
  const { train, validation } = await dataset.split({ validation: 0.25, seed: 3 });
  await train.append(Uint8Array.of(200, 201, 202, 203), [4]);
  const slice = await train.slice(14, 2);
  await train.append(Uint8Array.of(100, 101, 102, 103), [5]);
  dataset.dispose();
  const before = await Promise.all([train, validation, slice].map((d) => d.images([0, d.count - 1])));
  kill();
  const after = await Promise.all([train, validation, slice].map((d) => d.images([0, d.count - 1])));
  expect(after).toEqual(before);
  expect(train.count).toBe(17);
  expect((await model.evaluate(train)).images).toBe(17);
  expect(striate.status).toBe('ready');
});

test('a source that is a function is asked again, and nothing of it is kept', async () => {
  const { striate, kill } = await start();
  let asked = 0;
  const images = () => {
    asked++;
    return Promise.resolve({ data: Uint8Array.of(1, 2, 3, 4), shape: [1, 1, 2, 2] as const });
  };
  const dataset = await striate.datasets.fromPixels(images, [3], { classes: 10 });
  kill();
  expect((await dataset.images([0])).labels).toEqual([3]);
  expect(asked).toBe(2);
});

test('models trained before come back trained', async () => {
  const { model, dataset, kill } = await start();
  await model.fit(dataset, { epochs: 2, batchSize: 3 }).done;
  const before = (await model.parameters())[0]?.data[0];
  kill();
  expect((await model.parameters())[0]?.data[0]).toBe(before);
});

test('without autoRecover the engine stays lost until recover()', async () => {
  const { striate, model, dataset, kill } = await start({ stepMs: 1 }, { autoRecover: false, checkpointEveryMs: 5 });
  const run = model.fit(dataset, { epochs: 10, batchSize: 3 });
  await new Promise((resolve) => setTimeout(resolve, 40));
  kill();
  expect(striate.status).toBe('lost');
  await expect(run.done).rejects.toMatchObject({ code: 'worker_lost' });
  await expect(model.summary()).rejects.toMatchObject({ code: 'worker_lost' });
  await striate.recover();
  await model.fit(dataset, { epochs: 10, batchSize: 3, resume: true }).done;
  expect((await model.parameters())[0]?.data[0]).toBe(await undisturbed(10));
});

test('an engine that dies again and again is given up', async () => {
  const { striate, model, dataset, statuses, engine } = await start();
  for (let i = 0; i < 4; i++) {
    engine.faults.trapIn = 'predict';
    await expect(model.predict(new Uint8Array(4))).rejects.toMatchObject({ code: 'worker_lost' });
  }
  expect(striate.status).toBe('lost');
  expect(statuses.at(-1)).toBe('lost');
  await expect(model.evaluate(dataset)).rejects.toMatchObject({ code: 'worker_lost' });
  // The person can still ask for another.
  await striate.recover();
  expect((await model.evaluate(dataset)).images).toBe(20);
});

test('a recovery that fails leaves the engine lost, with the reason', async () => {
  const { striate, model, engine, kill } = await start();
  engine.faults.loadError = new Error('the server is gone');
  kill();
  await expect(model.summary()).rejects.toMatchObject({ code: 'load_failed' });
  expect(striate.status).toBe('lost');
  delete engine.faults.loadError;
  await striate.recover();
  expect(await model.summary()).toHaveLength(1);
});

test('close during a recovery ends it', async () => {
  const { striate, model, kill } = await start();
  kill();
  const call = model.summary();
  await striate.close();
  await expect(call).rejects.toMatchObject({ code: 'closed' });
  expect(striate.status).toBe('closed');
});

test('a signal ends the wait for a recovery', async () => {
  const { model, kill, engine } = await start();
  engine.faults.loadError = new Error('slow');
  kill();
  const controller = new AbortController();
  const call = model.summary({ signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'aborted' });
});

/** A worker that died before it took its lock, or whose script never came. */
function silent(): Transport {
  const nothing = () => undefined;
  return {
    onmessage: null,
    onlost: null,
    post: nothing,
    lockName: 'x',
    pingable: true,
    watchLock: nothing,
    close: nothing,
  };
}

test('a new worker that never says a word is given up, sooner than the very first one; the next one may take longer', async () => {
  const fake = new FakeEngine({});
  const transports: (() => Transport)[] = [];
  const talking = (): InProcessTransport => new InProcessTransport(fake.create, { skipSelfTest: true });
  const engine = new Engine({
    connect: () => Promise.resolve((transports.shift() as () => Transport)()),
    build: 'auto',
    threads: 1,
    wasmUrl: null,
    autoRecover: true,
    checkpointEveryMs: 1000,
  });
  vi.useFakeTimers();
  try {
    let first: InProcessTransport | null = null;
    transports.push(() => (first = talking()), silent, silent, talking);
    await engine.start();
    (first as InProcessTransport | null)?.kill('it was killed by a test');
    expect(engine.status).toBe('recovering');
    await vi.advanceTimersByTimeAsync(4_900);
    expect(engine.status).toBe('recovering');
    await vi.advanceTimersByTimeAsync(1_500);
    expect(engine.status).toBe('lost');
    const second = engine.recover();
    second.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(engine.status).toBe('recovering');
    await vi.advanceTimersByTimeAsync(2_700);
    expect(engine.status).toBe('lost');
    await expect(second).rejects.toMatchObject({ code: 'load_failed' });
    await engine.recover();
    expect(engine.status).toBe('ready');
  } finally {
    vi.useRealTimers();
    engine.close();
  }
});
