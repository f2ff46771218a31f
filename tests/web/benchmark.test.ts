// `striate.benchmark` over the real engine in Node, with measurements too short to mean anything.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compared, resultJson, resultText } from '../../web/app/state/machine.svelte.js';
import { referenceMachine } from '../../web/app/state/reference_machine.js';
import { loadStriate } from '../../web/lib/index.js';
import type { BenchmarkProgress, Striate, StriateError } from '../../web/lib/index.js';
import { benchmarkRow } from '../../web/worker/benchmark.js';
import { workloads } from '../../web/worker/workloads.js';

const LENET = { workload: 'lenet', mode: 'infer', batch: 2 } as const;
const TRAINED = { workload: 'lenet', mode: 'train', batch: 4 } as const;
const HASTY = { repetitions: 3, repetitionMs: 1 } as const;

let striate: Striate;
beforeAll(async () => {
  striate = await loadStriate();
});
afterAll(() => striate?.close());

test('rows have the fields of npm run bench, and tell the machine and the engine', async () => {
  const seen: BenchmarkProgress[] = [];
  const result = await striate.benchmark({
    ...HASTY,
    workloads: [LENET, TRAINED],
    onProgress: (progress) => seen.push(progress),
  });
  expect(result).toMatchObject({ build: 'simd', threads: striate.info.threads, runtime: 'node' });
  expect(result.rows).toHaveLength(2);
  for (const [k, row] of result.rows.entries()) {
    const asked = [LENET, TRAINED][k]!;
    expect(row).toMatchObject({ ...asked, build: 'simd', threads: striate.info.threads, runtime: 'node' });
    expect(row.images_per_s_min).toBeGreaterThan(0);
    expect(row.images_per_s_median).toBeGreaterThanOrEqual(row.images_per_s_min);
    expect(row.images_per_s_max).toBeGreaterThanOrEqual(row.images_per_s_median);
    const { flop } = workloads.lenet!.modes[asked.mode]!;
    expect((row.gflops * 1e9) / row.images_per_s_median / flop).toBeCloseTo(1, 2);
    expect(row.gflops / row.peak_gflops / row.share_of_peak).toBeCloseTo(1, 1);
  }
  const { one_thread: one, all_threads: all } = result.peak_gflops;
  expect(one).toBeGreaterThan(0.1);
  expect(all).toBeGreaterThanOrEqual(striate.info.threads === 1 ? one : 0);
  expect(seen.map(({ share, measuring, result: { rows } }) => [share, measuring, rows.length])).toEqual([
    [0, LENET, 0],
    [0.5, TRAINED, 1],
    [1, null, 2],
  ]);
});

test('a measurement leaves nothing behind, lets calls through, and ends when it is told to', async () => {
  await striate.benchmark({ ...HASTY, workloads: [TRAINED] });
  using model = await striate.createModel('lenet');
  const image = { data: new Uint8Array(784), shape: [1, 1, 28, 28] as const };
  await model.predict(image);
  const before = striate.info.memory.used;
  const controller = new AbortController();
  const ended = striate
    .benchmark({
      workloads: [TRAINED],
      repetitionMs: 60_000,
      signal: controller.signal,
    })
    .catch((error: unknown) => error);
  // Answered all the while: at some time the measurement has its network and its images in memory.
  const deadline = performance.now() + 20_000;
  while (striate.info.memory.used <= before && performance.now() < deadline) {
    await model.predict(image);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(striate.info.memory.used).toBeGreaterThan(before);
  controller.abort();
  expect(await ended).toMatchObject({ code: 'aborted' });
  await model.predict(image);
  expect(striate.info.memory.used).toBe(before);
});

test('what cannot be measured is refused with what can', async () => {
  const refused = (options: object) =>
    striate.benchmark(options).then(
      () => 'not refused',
      ({ message, hint }: StriateError) => `${message} ${hint}`,
    );
  expect(await refused({ workloads: [{ ...LENET, workload: 'lenet5' }] })).toMatch(/"lenet", "cifar-small"/);
  expect(await refused({ workloads: [{ workload: 'resnet18', mode: 'train', batch: 1 }] })).toMatch(/"infer"/);
  expect(await refused({ workloads: [{ ...LENET, batch: 0 }] })).toMatch(/batch is 0/);
  expect(await refused({ workloads: [] })).toMatch(/workloads is/);
  expect(await refused({ repetitions: 0 })).toMatch(/repetitions is 0/);
  expect(await refused({ seconds: 3 })).toMatch(/no option "seconds"/);
});

test('the median is that of the repetitions; a share may pass 1', () => {
  const where = { threads: 2, runtime: 'firefox', build: 'simd' };
  const row = benchmarkRow(TRAINED, where, { rates: [300, 100, 200], peakGflops: 1e-4 });
  expect(row).toMatchObject({ images_per_s_median: 200, images_per_s_min: 100, images_per_s_max: 300, threads: 2 });
  expect(row.share_of_peak).toBeCloseTo((200 * 2_263_920) / 1e5, -1);
});

test('a result as text and as JSON, and beside the reference machine', () => {
  const row = benchmarkRow(
    { workload: 'lenet', mode: 'train', batch: 32 },
    { threads: 1, runtime: 'chromium', build: 'simd' },
    { rates: [20_000], peakGflops: 60 },
  );
  const result = {
    build: 'simd',
    threads: 1,
    runtime: 'chromium',
    peak_gflops: { one_thread: 60, all_threads: 60 },
    rows: [row, { ...row, batch: 7 }],
  };
  expect(JSON.parse(resultJson(result))).toEqual(result);
  const [head, peak, ...lines] = resultText(result).split('\n');
  expect(head).toBe('Striate, simd, threads: 1, chromium');
  expect(peak).toBe('peak: 60 GFLOP/s on one thread, 60 on all');
  expect(lines[1]).toMatch(/^lenet train b32 +20000 +20000 +20000 +45\.28 +75\.5%$/);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  const [same, other] = compared(result);
  expect(same!.reference).toBe(referenceMachine.rows[0]!.images_per_s_median);
  expect(other!.reference).toBeNull();
});

test('the reference machine was measured in what the room measures', async () => {
  const rows = referenceMachine.rows.map(({ workload, mode, batch }) => `${workload} ${mode} ${batch}`);
  expect(rows).toEqual([
    'lenet train 32',
    'lenet infer 1',
    'lenet infer 100',
    'cifar-small train 32',
    'resnet20 train 32',
  ]);
  expect(referenceMachine.peak_gflops.one_thread).toBeGreaterThan(10);
});
