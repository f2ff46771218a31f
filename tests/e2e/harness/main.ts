/** What tests in the browser work with, as `globalThis.harness`. */
import { loadStriate } from '../../../web/lib/index.js';
import type { Dataset, LoadOptions, Model, Striate, TrainingReport } from '../../../web/lib/index.js';

const COUNT = 10_000;
const IMAGES_BYTES = 16 + COUNT * 28 * 28;

/** Workers that the library was given, latest last. */
const workers: Worker[] = [];

function workerFactory(): Worker {
  const worker = new Worker(new URL('../../../web/worker/engine_worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  return worker;
}

/** The real digits as two datasets. */
async function digits(striate: Striate): Promise<{ train: Dataset; heldOut: Dataset }> {
  const file = new Uint8Array(await (await fetch('digits.idx')).arrayBuffer());
  const all = await striate.datasets.fromIdx(file.subarray(0, IMAGES_BYTES), file.subarray(IMAGES_BYTES));
  const [train, heldOut] = [await all.slice(0, 9000), await all.slice(9000, 1000)];
  all.dispose();
  return { train, heldOut };
}

/** The first of the training's digits. */
async function firstDigits(striate: Striate, count: number): Promise<Dataset> {
  return (await digits(striate)).train.slice(0, count);
}

/** SHA-256 of all parameters, in their order, as little-endian floats. */
async function hashOf(model: Model): Promise<string> {
  const all = (await model.parameters()).flatMap((tensor) => [...tensor.data]);
  const digest = await crypto.subtle.digest('SHA-256', Float32Array.from(all));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const harness = {
  loadStriate,
  /** Loads over workers that `workers` shows. */
  loadWatched: (options: LoadOptions = {}) => loadStriate({ ...options, workerFactory }),
  workers,
  digits,
  firstDigits,
  hashOf,
  pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

export type Harness = typeof harness;
export type { TrainingReport };

declare global {
  var harness: Harness;
}

globalThis.harness = harness;
