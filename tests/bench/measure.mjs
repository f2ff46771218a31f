// Measures one row with a loaded engine module, by the library's own measuring: the same in Node and in a browser's worker.
import { benchmarkRow, measureRow, usualTimes } from '../../dist/worker/benchmark.js';
import { CheckedSession } from '../../dist/worker/checked_session.js';

/** For tests, which look at rows and not at figures. */
const hasty = { warmUpMs: 0, repetitionMs: 1, repetitions: 5, peakMs: 1 };

/** The row with its figures. */
export function measure(module, row, quick = false) {
  const session = new CheckedSession(module);
  const { workload, mode, batch, threads, runtime } = row;
  const slices = measureRow(session, { workload, mode, batch }, quick ? hasty : usualTimes);
  let step = slices.next();
  while (!step.done) step = slices.next();
  const { build } = session.buildInfo();
  session.close();
  return benchmarkRow(row, { threads, runtime, build }, step.value);
}
