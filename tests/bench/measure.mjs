// Measures one row with a loaded engine module: the same code in Node and in a browser's worker.
import { workloads } from './workloads.mjs';

const usual = { warmUpMs: 600, repetitionMs: 350, repetitions: 7, peakMs: 40 };
/** For tests, which look at rows and not at figures. */
const hasty = { warmUpMs: 0, repetitionMs: 1, repetitions: 5, peakMs: 1 };
/** About so many, in whole batches. */
const DATASET_IMAGES = 1024;

/** Fixed random bytes: a 32-bit xorshift. */
function randomBytes(count) {
  const bytes = new Uint8Array(count);
  let state = 2463534242;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function value(reply) {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return JSON.parse(reply.json);
}

/** A function that works through some images and says how many, and one that cleans up. */
function prepare(session, { workload, mode, batch }) {
  const { network, shape, classes, modes } = workloads[workload];
  const size = shape.reduce((product, side) => product * side, 1);
  const { model } = value(session.createModel(JSON.stringify(network), 1));
  if (mode === 'infer') {
    const pixels = randomBytes(batch * size);
    return {
      work() {
        const reply = session.predict(model, pixels, batch);
        if (!reply.ok) value(reply);
        return batch;
      },
      end: () => value(session.disposeModel(model)),
    };
  }
  const count = Math.ceil(DATASET_IMAGES / batch) * batch;
  const labels = Int32Array.from(randomBytes(count), (byte) => byte % classes);
  const shapeJson = JSON.stringify([count, ...shape]);
  const { dataset } = value(session.datasetFromPixels(randomBytes(count * size), labels, shapeJson, classes));
  const optimizer = { type: 'sgd', learningRate: 0.01, momentum: 0.9 };
  value(session.trainBegin(model, dataset, JSON.stringify({ epochs: 1e6, batchSize: batch, seed: 1, optimizer })));
  // About a millisecond or more of work for a call, but not a second.
  const steps = Math.max(1, Math.floor(Math.min(256, 1e9 / modes.train.flop) / batch));
  return {
    work: () => value(session.trainSteps(model, steps)).images,
    end() {
      value(session.trainEnd(model));
      value(session.disposeModel(model));
      value(session.disposeDataset(dataset));
    },
  };
}

/** Images a second over about `ms`. */
function rate(work, ms) {
  const start = performance.now();
  let images = 0;
  let elapsed = 0;
  do {
    images += work();
    elapsed = performance.now() - start;
  } while (elapsed < ms);
  return (images * 1000) / elapsed;
}

/** Rounds of `module.peak` that take about `ms`. */
function peakRounds(module, ms) {
  let rounds = 1000;
  for (;;) {
    const start = performance.now();
    module.peak(rounds);
    if (performance.now() - start >= ms) return rounds;
    rounds *= 2;
  }
}

function peakGflops(module, rounds) {
  const start = performance.now();
  const flop = module.peak(rounds);
  return flop / (performance.now() - start) / 1e6;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const round = (number, digits) => Number(number.toPrecision(digits));

/** The row with its figures. The peak is measured before each repetition; the best one counts. */
export function measure(module, row, quick = false) {
  const { warmUpMs, repetitionMs, repetitions, peakMs } = quick ? hasty : usual;
  const session = new module.Session();
  const { work, end } = prepare(session, row);
  const rounds = peakRounds(module, peakMs);
  rate(work, warmUpMs);
  const rates = [];
  let peak = 0;
  for (let i = 0; i < repetitions; i++) {
    peak = Math.max(peak, peakGflops(module, rounds));
    rates.push(rate(work, repetitionMs));
  }
  end();
  session.delete();
  const { flop } = workloads[row.workload].modes[row.mode];
  const gflops = (median(rates) * flop) / 1e9;
  return {
    ...row,
    build: JSON.parse(module.buildInfo()).build,
    images_per_s_median: round(median(rates), 5),
    images_per_s_min: round(Math.min(...rates), 5),
    images_per_s_max: round(Math.max(...rates), 5),
    gflops: round(gflops, 4),
    share_of_peak: round(gflops / peak, 3),
    peak_gflops: round(peak, 4),
  };
}
