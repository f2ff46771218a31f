// The workloads and the rows they make. Floating-point operations are an image's, as the layers define them.
export const workloads = {
  lenet: {
    network: 'lenet',
    shape: [1, 28, 28],
    classes: 10,
    modes: {
      train: { flop: 2.264e6, batches: [1, 32, 128] },
      infer: { flop: 0.833e6, batches: [1, 100] },
    },
  },
};

/** Every row of a runtime, as { workload, mode, batch, threads, runtime, build }. */
export function rowsOf(runtime) {
  return Object.entries(workloads).flatMap(([workload, { modes }]) =>
    Object.entries(modes).flatMap(([mode, { batches }]) =>
      batches.map((batch) => ({ workload, mode, batch, threads: 1, runtime, build: 'simd' })),
    ),
  );
}

/** The words by which a row can be chosen. */
export const wordsOf = (row) => [row.workload, row.mode, `b${row.batch}`, `t${row.threads}`, row.runtime, row.build];

export const matches = (row, words) => words.every((word) => wordsOf(row).includes(word));
