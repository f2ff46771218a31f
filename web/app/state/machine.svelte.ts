/** The measuring of the person's own machine: what runs, what came out, and the reference machine beside it. */
import type { BenchmarkResult, BenchmarkRow, BenchmarkWorkload } from 'striate';
import type { Laboratory } from './laboratory.svelte.js';
import { referenceMachine } from './reference_machine.js';

/** How long each row is measured. `brief` is about a quarter of `careful`, and less steady. */
export const CARES = {
  careful: {},
  brief: { repetitions: 5, repetitionMs: 80 },
} as const;
export type Care = keyof typeof CARES;

export interface ComparedRow {
  readonly row: BenchmarkRow;
  /** Images a second of the reference machine, where it was measured in this. */
  readonly reference: number | null;
}

export class Machine {
  care = $state<Care>('careful');
  result = $state.raw<BenchmarkResult | null>(null);
  /** Of the measurement under way; null while the peak is measured, and without one. */
  workload = $state.raw<BenchmarkWorkload | null>(null);
  /** Of the rows that are done; 0…1; null: nothing is being measured. */
  share = $state<number | null>(null);
  stopped = $state(false);

  readonly #lab: Laboratory;
  #measurement: AbortController | null = null;

  constructor(lab: Laboratory) {
    this.#lab = lab;
  }

  get measuring(): boolean {
    return this.share !== null;
  }

  async measure(): Promise<void> {
    const { bench, notices } = this.#lab;
    if (!bench.striate || this.measuring) return;
    const { signal } = (this.#measurement = new AbortController());
    notices.clear('machine');
    [this.result, this.workload, this.share, this.stopped] = [null, null, 0, false];
    try {
      await bench.striate.benchmark({
        ...CARES[this.care],
        signal,
        onProgress: ({ result, measuring, share }) => {
          [this.result, this.workload, this.share] = [result, measuring, share];
        },
      });
    } catch (error) {
      if (signal.aborted) this.stopped = true;
      else notices.fail('machine', error, () => void this.measure());
    } finally {
      [this.workload, this.share] = [null, null];
    }
  }

  stop(): void {
    this.#measurement?.abort();
  }
}

/** Each row beside the same one of the reference machine. */
export function compared({ rows }: BenchmarkResult): ComparedRow[] {
  return rows.map((row) => {
    const same = referenceMachine.rows.find(
      ({ workload, mode, batch }) => workload === row.workload && mode === row.mode && batch === row.batch,
    );
    return { row, reference: same?.images_per_s_median ?? null };
  });
}

export const resultJson = (result: BenchmarkResult): string => JSON.stringify(result, null, 2);

/** The result as plain text, in columns. */
export function resultText({ build, threads, runtime, peak_gflops: peak, rows }: BenchmarkResult): string {
  const head = ['workload', 'images/s', 'least', 'most', 'GFLOP/s', 'share of peak'];
  const lines = rows.map((row) => [
    `${row.workload} ${row.mode} b${row.batch}`,
    ...[row.images_per_s_median, row.images_per_s_min, row.images_per_s_max, row.gflops].map(String),
    `${(100 * row.share_of_peak).toFixed(1)}%`,
  ]);
  const widths = head.map((name, k) => Math.max(name.length, ...lines.map((line) => line[k]!.length)));
  const table = [head, ...lines].map((line) =>
    line.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join('  '),
  );
  return [
    `Striate, ${build}, threads: ${threads}, ${runtime}`,
    `peak: ${peak.one_thread} GFLOP/s on one thread, ${peak.all_threads} on all`,
    ...table,
  ].join('\n');
}
