/**
 * What the reference machine did in this room, for comparison: pasted from its "Copy as JSON", with the machine's name and
 * the month before it.
 */
import type { BenchmarkResult } from 'striate';

export const referenceMachine: BenchmarkResult & { readonly name: string; readonly measured: string } = {
  name: 'TODO',
  measured: '2026-11',
  build: 'simd',
  threads: 1,
  runtime: 'chromium',
  peak_gflops: { one_thread: 1, all_threads: 1 },
  rows: [],
};
