// The workloads of whole networks and the rows they make. Floating-point operations are an image's, as convolutions and
// linear layers define them; cpp/striate/session/bench_rows.cpp has the same table, and layers alone beside it.
export const workloads = {
  lenet: {
    network: 'lenet',
    shape: [1, 28, 28],
    classes: 10,
    modes: {
      train: { flop: 2_263_920, batches: [1, 32, 128] },
      infer: { flop: 833_040, batches: [1, 100] },
    },
  },
  'cifar-small': {
    network: 'cifar-small',
    shape: [3, 32, 32],
    classes: 10,
    modes: { train: { flop: 148_250_112, batches: [32, 128] } },
  },
  resnet20: {
    network: 'resnet20-b',
    shape: [3, 32, 32],
    classes: 10,
    modes: { train: { flop: 243_994_368, batches: [32, 128] } },
  },
  resnet18: {
    network: 'resnet18',
    shape: [3, 224, 224],
    classes: 1000,
    modes: { infer: { flop: 3_628_146_688, batches: [1] } },
  },
};

/**
 * Every row of a runtime, as { workload, mode, batch, threads, runtime, build }: of the usual batches, or of the one that
 * the words name; of the module of plain SIMD, or of the other one when the words name it.
 */
export function rowsOf(runtime, words = []) {
  const build = words.includes('relaxed-simd') ? 'relaxed-simd' : 'simd';
  const named = words.map((word) => /^b([1-9]\d{0,3})$/.exec(word)?.[1]).find(Boolean);
  return Object.entries(workloads).flatMap(([workload, { modes }]) =>
    Object.entries(modes).flatMap(([mode, { batches }]) =>
      (named ? [Number(named)] : batches).map((batch) => ({
        workload,
        mode,
        batch,
        threads: 1,
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
