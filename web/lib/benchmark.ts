/** `striate.benchmark`: the measurements one after the other, and their rows. Fetched when it is first called. */
import { benchmarkRow, rounded, usualTimes } from '../worker/benchmark.js';
import type { BenchmarkRow, BenchmarkTimes, BenchmarkWorkload } from '../worker/values.js';
import { workloads } from '../worker/workloads.js';
import { checkInteger, checkKeys, checkNumber, checkOneOf, invalid, shown } from './check.js';
import type { Engine } from './kept_engine.js';
import type { BenchmarkOptions, BenchmarkResult } from './types.js';

const USUAL: readonly BenchmarkWorkload[] = [
  { workload: 'lenet', mode: 'train', batch: 32 },
  { workload: 'lenet', mode: 'infer', batch: 1 },
  { workload: 'lenet', mode: 'infer', batch: 100 },
  { workload: 'cifar-small', mode: 'train', batch: 32 },
  { workload: 'resnet20', mode: 'train', batch: 32 },
];

export async function runBenchmark(engine: Engine, options: BenchmarkOptions): Promise<BenchmarkResult> {
  checkKeys('benchmark options', options, ['workloads', 'repetitions', 'repetitionMs', 'onProgress', 'signal']);
  const { signal, onProgress } = options;
  const chosen = checkWorkloads(options.workloads ?? USUAL);
  const times = checkTimes(options);
  const { build, threads } = engine.opened;
  const runtime = runtimeName();
  const peak = await engine.call('benchmarkPeak', () => ({ threads, times }), { signal });
  let rows: readonly BenchmarkRow[] = [];
  const result = (): BenchmarkResult => ({
    build,
    threads,
    runtime,
    peak_gflops: { one_thread: rounded(peak.one, 4), all_threads: rounded(peak.all, 4) },
    rows,
  });
  for (const workload of chosen) {
    onProgress?.({ result: result(), measuring: workload, share: rows.length / chosen.length });
    const figures = await engine.call('benchmark', () => ({ workload, times }), { signal });
    rows = [...rows, benchmarkRow(workload, { threads, runtime, build }, figures)];
  }
  onProgress?.({ result: result(), measuring: null, share: 1 });
  return result();
}

function checkWorkloads(asked: readonly BenchmarkWorkload[]): readonly BenchmarkWorkload[] {
  if (!Array.isArray(asked) || asked.length === 0) {
    throw invalid(
      `workloads is ${shown(asked)}.`,
      'Give a list such as [{ workload: "lenet", mode: "train", batch: 32 }].',
    );
  }
  return (asked as readonly BenchmarkWorkload[]).map((one) => {
    checkKeys('a workload', one, ['workload', 'mode', 'batch']);
    const workload = checkOneOf('workload', one.workload, Object.keys(workloads));
    const modes = Object.keys(workloads[workload]!.modes) as BenchmarkWorkload['mode'][];
    const mode = checkOneOf(`mode of ${workload}`, one.mode, modes);
    return { workload, mode, batch: checkInteger('batch', one.batch, { least: 1, most: 1024 }) };
  });
}

function checkTimes(options: BenchmarkOptions): BenchmarkTimes {
  const repetitions = checkInteger('repetitions', options.repetitions ?? usualTimes.repetitions, {
    least: 1,
    most: 100,
  });
  const range = { least: 1, most: 60_000 };
  const repetitionMs = checkNumber('repetitionMs', options.repetitionMs ?? usualTimes.repetitionMs, range);
  // The rest in proportion.
  const share = repetitionMs / usualTimes.repetitionMs;
  return {
    repetitions,
    repetitionMs,
    warmUpMs: usualTimes.warmUpMs * share,
    peakMs: Math.min(40, usualTimes.peakMs * share),
  };
}

/** Browsers claim each other's names: the first of these marks is the true one. */
function runtimeName(): string {
  if (typeof process === 'object' && process.versions?.node) return 'node';
  const agent = typeof navigator === 'object' ? navigator.userAgent : '';
  const names = [
    ['Firefox/', 'firefox'],
    ['Chrome/', 'chromium'],
    ['Safari/', 'safari'],
  ] as const;
  return names.find(([mark]) => agent.includes(mark))?.[1] ?? 'browser';
}
