// Threads in Chromium, under the page's strict policy: how many, that they go when they should, and what happens where
// they do not start.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { buildHarness, openHarness } from './harness/harness.mjs';

let folder;
let opened;
before(async () => {
  folder = await buildHarness();
  opened = await openHarness(folder);
});
after(async () => {
  await opened?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Of /proc, what may end while one looks: null then. */
function ifAlive(look) {
  try {
    return look();
  } catch {
    return null;
  }
}

/** How many workers the browser of this process runs; null where that cannot be seen. */
function runningWorkers() {
  if (os.platform() !== 'linux') return null;
  const parentOf = new Map();
  for (const id of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const status = ifAlive(() => fs.readFileSync(`/proc/${id}/status`, 'utf8'));
    if (status) parentOf.set(id, /^PPid:\s*(\d+)/m.exec(status)[1]);
  }
  const isOurs = (id) => id !== undefined && (id === String(process.pid) || isOurs(parentOf.get(id)));
  return [...parentOf.keys()]
    .filter(isOurs)
    .flatMap((id) =>
      (ifAlive(() => fs.readdirSync(`/proc/${id}/task`)) ?? []).map((task) => `/proc/${id}/task/${task}`),
    )
    .filter((task) => ifAlive(() => fs.readFileSync(`${task}/comm`, 'utf8'))?.startsWith('DedicatedWorker')).length;
}

/** Waits until so many workers run. */
async function untilWorkers(wanted) {
  const deadline = Date.now() + 10_000;
  let running = runningWorkers();
  while (running !== null && running !== wanted && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    running = runningWorkers();
  }
  if (running !== null) assert.equal(running, wanted);
}

test('auto takes what suits the machine; a number is taken at its word; one module is fetched for it', async () => {
  const asked = () => opened.requests.filter((url) => /\.wasm$/.test(url)).map((url) => path.basename(url));
  const before = asked().length;
  const [automatic, three] = await opened.page.evaluate(async () => {
    const infos = [];
    for (const threads of ['auto', 3]) {
      const striate = await harness.loadStriate({ threads });
      infos.push({ ...striate.info, memory: { ...striate.info.memory } });
      await striate.close();
    }
    return infos;
  });
  const processors = await opened.page.evaluate(() => navigator.hardwareConcurrency);
  const expected = Math.max(Math.min(processors, 2), Math.min(processors >> 1, 8));
  assert.deepEqual([automatic.threads, automatic.build, automatic.notes], [expected, 'simd', []]);
  assert.deepEqual([three.threads, three.notes], [3, []]);
  assert.ok(three.memory.used < 32 * 2 ** 20);
  const modules = asked().slice(before);
  if (expected > 1)
    assert.ok(
      modules.every((name) => name.startsWith('striate.threads-')),
      modules.join(' '),
    );
});

test('close, and the death of the engine, send its threads away', async () => {
  await untilWorkers(0);
  await opened.page.evaluate(async () => {
    globalThis.kept = await harness.loadWatched({ threads: 3 });
  });
  await untilWorkers(3);
  // While they work, too.
  await opened.page.evaluate(async () => {
    const model = await kept.createModel('lenet', { seed: 1 });
    kept.run = model.fit(await harness.firstDigits(kept, 3000), { epochs: 1000, batchSize: 64 });
    kept.run.done.catch(() => undefined);
    await harness.pause(200);
    harness.workers.at(-1).terminate();
  });
  await opened.page.waitForFunction(() => kept.status === 'ready');
  await untilWorkers(3);
  await opened.page.evaluate(() => kept.close());
  await untilWorkers(0);
});

test('where the script of a thread is not there, the engine runs on one and says why', async () => {
  const broken = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-broken-'));
  fs.cpSync(folder, broken, { recursive: true });
  const assets = path.join(broken, 'assets');
  for (const name of fs.readdirSync(assets).filter((file) => /^thread-/.test(file))) fs.rmSync(path.join(assets, name));
  const other = await openHarness(broken);
  try {
    const info = await other.page.evaluate(async () => {
      const began = performance.now();
      const striate = await harness.loadStriate({ threads: 2 });
      const { threads, notes } = striate.info;
      await striate.close();
      return { threads, codes: notes.map(({ code }) => code), ms: performance.now() - began };
    });
    assert.deepEqual([info.threads, info.codes], [1, ['threads_failed']]);
    assert.ok(info.ms < 15_000, `${info.ms} ms`);
  } finally {
    await other.close();
    fs.rmSync(broken, { recursive: true, force: true });
  }
});

test('on the thread of a page, which may not wait, there is one', async () => {
  const info = await opened.page.evaluate(async () => {
    const striate = await harness.loadStriate({ inProcess: true, threads: 2 });
    const { threads, notes } = striate.info;
    await striate.close();
    return { threads, codes: notes.map(({ code }) => code) };
  });
  assert.deepEqual(info, { threads: 1, codes: ['cannot_wait'] });
});

test('nothing was complained of', () => assert.deepEqual(opened.problems, []));
