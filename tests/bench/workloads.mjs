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

/**
 * Every row of a runtime, as { workload, mode, batch, threads, runtime, build }: of the usual batches, or of the one that
 * the words name.
 */
export function rowsOf(runtime, words = []) {
  const named = words.map((word) => /^b([1-9]\d{0,3})$/.exec(word)?.[1]).find(Boolean);
  // The native build's name is its machine's best instruction set: it says so itself.
  const build = runtime === 'native' ? 'native' : 'simd';
  return Object.entries(workloads).flatMap(([workload, { modes }]) =>
    Object.entries(modes).flatMap(([mode, { batches }]) =>
      (named ? [Number(named)] : batches).map((batch) => ({ workload, mode, batch, threads: 1, runtime, build })),
    ),
  );
}

/** The words by which a row can be chosen. */
export const wordsOf = (row) => [row.workload, row.mode, `b${row.batch}`, `t${row.threads}`, row.runtime, row.build];

export const matches = (row, words) => words.every((word) => wordsOf(row).includes(word));
