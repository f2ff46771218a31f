// The rows that the workloads of whole networks make, and the words by which they are chosen.
import { workloads } from '../../dist/worker/workloads.js';

export { workloads };

/**
 * Every row of a runtime, as { workload, mode, batch, threads, runtime, build }: of the usual batches, or of the one that
 * the words name; on one thread, or on as many as they name; of the module of plain SIMD, or of the other one when they
 * name it.
 */
export function rowsOf(runtime, words = []) {
  const build = words.includes('relaxed-simd') ? 'relaxed-simd' : 'simd';
  const numberIn = (pattern) => words.map((word) => pattern.exec(word)?.[1]).find(Boolean);
  const named = numberIn(/^b([1-9]\d{0,3})$/);
  const threads = Number(numberIn(/^t([1-9]\d?)$/) ?? 1);
  return Object.entries(workloads).flatMap(([workload, { modes }]) =>
    Object.entries(modes).flatMap(([mode, { batches }]) =>
      (named ? [Number(named)] : batches).map((batch) => ({
        workload,
        mode,
        batch,
        threads,
        runtime,
        build,
      })),
    ),
  );
}

/** The words by which a row can be chosen. */
export const wordsOf = (row) => [
  row.workload,
  row.mode,
  `b${row.batch}`,
  `t${row.threads}`,
  row.runtime,
  row.build,
  ...(row.convolution ? [row.convolution] : []),
];

export const matches = (row, words) => words.every((word) => wordsOf(row).includes(word));
