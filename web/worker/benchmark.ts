/**
 * How fast the engine trains and predicts on the machine at hand, beside the most that this machine can do.
 *
 * A row is the median of several repetitions after a warm-up. Its peak is a loop of nothing but multiply-and-add, in the
 * registers of as many threads as the engine has, measured before each repetition; the best one counts. Each measurement is
 * a generator that yields between slices, so that other messages are served; time outside of the engine is not counted.
 * The same code measures in a page's worker, in Node and for `npm run bench`.
 */
import type { CheckedSession } from './checked_session.js';
import { StriateError } from './errors.js';
import type { BenchmarkRow, BenchmarkTimes, BenchmarkWorkload } from './values.js';
import { workloads } from './workloads.js';

export const usualTimes: BenchmarkTimes = { warmUpMs: 600, repetitionMs: 350, repetitions: 7, peakMs: 40 };

/** What one row comes from. */
export interface BenchmarkFigures {
  /** Images a second, one a repetition. */
  readonly rates: readonly number[];
  readonly peakGflops: number;
}

export interface PeakFigures {
  /** GFLOP/s: of one thread, and of all that the engine has. */
  readonly one: number;
  readonly all: number;
}

export type Slices<T> = Generator<void, T, void>;

/** About so many, in whole batches. */
const DATASET_IMAGES = 1024;
/** Several calls make a slice where one is short. */
const SLICE_MS = 6;

export function* measureRow(
  session: CheckedSession,
  workload: BenchmarkWorkload,
  times: BenchmarkTimes,
  now: () => number = () => performance.now(),
): Slices<BenchmarkFigures> {
  const { work, end } = prepare(session, workload);
  try {
    const rounds = yield* peakRounds(session, times.peakMs, now);
    yield* rateOf(work, times.warmUpMs, now);
    const rates: number[] = [];
    let peakGflops = 0;
    for (let i = 0; i < times.repetitions; i += 1) {
      peakGflops = Math.max(peakGflops, peakOf(session, rounds, now));
      yield;
      rates.push(yield* rateOf(work, times.repetitionMs, now));
    }
    return { rates, peakGflops };
  } finally {
    end();
  }
}

export function* measurePeak(
  session: CheckedSession,
  threads: number,
  times: BenchmarkTimes,
  now: () => number = () => performance.now(),
): Slices<PeakFigures> {
  const rounds = yield* peakRounds(session, times.peakMs, now);
  const best = { one: 0, all: 0 };
  for (let i = 0; i < times.repetitions; i += 1) {
    best.all = Math.max(best.all, peakOf(session, rounds, now));
    yield;
    if (threads === 1) continue;
    best.one = Math.max(
      best.one,
      session.onOneThread(threads, () => peakOf(session, rounds, now)),
    );
    yield;
  }
  return threads === 1 ? { one: best.all, all: best.all } : best;
}

/** The row as `npm run bench` prints it. */
export function benchmarkRow(
  { workload, mode, batch }: BenchmarkWorkload,
  where: Pick<BenchmarkRow, 'threads' | 'runtime' | 'build'>,
  { rates, peakGflops }: BenchmarkFigures,
): BenchmarkRow {
  const sorted = [...rates].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const gflops = (median * (workloads[workload]?.modes[mode]?.flop ?? 0)) / 1e9;
  return {
    workload,
    mode,
    batch,
    threads: where.threads,
    runtime: where.runtime,
    build: where.build,
    images_per_s_median: rounded(median, 5),
    images_per_s_min: rounded(sorted[0] ?? 0, 5),
    images_per_s_max: rounded(sorted.at(-1) ?? 0, 5),
    gflops: rounded(gflops, 4),
    share_of_peak: rounded(gflops / peakGflops, 3),
    peak_gflops: rounded(peakGflops, 4),
  };
}

export const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** A function that works through some images and says how many, and one that cleans up. */
function prepare(session: CheckedSession, { workload: name, mode, batch }: BenchmarkWorkload) {
  const workload = workloads[name];
  const flop = workload?.modes[mode]?.flop;
  if (!workload || !flop) throw new StriateError('not_found', `The bench has no workload ${name} in mode ${mode}.`);
  const { network, shape, classes } = workload;
  const size = shape.reduce((product, side) => product * side, 1);
  const { model } = session.createModel(network, 1);
  if (mode === 'infer') {
    const pixels = randomBytes(batch * size);
    return {
      work(): number {
        session.predict(model, pixels, batch);
        return batch;
      },
      end: () => session.disposeModel(model),
    };
  }
  let dataset: number | null = null;
  const end = (): void => {
    session.disposeModel(model);
    if (dataset !== null) session.disposeDataset(dataset);
  };
  try {
    const count = Math.ceil(DATASET_IMAGES / batch) * batch;
    const labels = Int32Array.from(randomBytes(count), (byte) => byte % classes);
    ({ dataset } = session.datasetFromPixels(randomBytes(count * size), labels, [count, ...shape], classes));
    const optimizer = { type: 'sgd', learningRate: 0.01, momentum: 0.9 } as const;
    session.trainBegin(model, dataset, { epochs: 1e6, batchSize: batch, seed: 1, optimizer });
  } catch (error) {
    end();
    throw error;
  }
  // About a millisecond or more of work for a call, but not a second.
  const steps = Math.max(1, Math.floor(Math.min(256, 1e9 / flop) / batch));
  return {
    work: () => session.trainSteps(model, steps).images,
    end(): void {
      session.trainEnd(model);
      end();
    },
  };
}

/** Images a second over about `ms` in the engine. */
function* rateOf(work: () => number, ms: number, now: () => number): Slices<number> {
  let images = 0;
  let elapsed = 0;
  do {
    const start = now();
    let spent = 0;
    do {
      images += work();
      spent = now() - start;
    } while (spent < SLICE_MS && elapsed + spent < ms);
    elapsed += spent;
    yield;
  } while (elapsed < ms);
  return (images * 1000) / elapsed;
}

/** Rounds of the peak's loop that take about `ms`. */
function* peakRounds(session: CheckedSession, ms: number, now: () => number): Slices<number> {
  for (let rounds = 1000; ; rounds *= 2) {
    const start = now();
    session.peak(rounds);
    if (now() - start >= ms) return rounds;
    yield;
  }
}

function peakOf(session: CheckedSession, rounds: number, now: () => number): number {
  const start = now();
  const flop = session.peak(rounds);
  return flop / (now() - start) / 1e6;
}

/** Fixed random bytes: a 32-bit xorshift. */
function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = 2463534242;
  for (let i = 0; i < count; i += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
