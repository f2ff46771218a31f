/** The library over a fake engine, and a handle to kill it with. */
import { afterEach } from 'vitest';
import { startStriate } from '../../web/lib/load.js';
import type { Dataset, LoadOptions, Model, Striate } from '../../web/lib/types.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import { FakeEngine } from './fake_engine.js';
import type { Faults } from './fake_engine.js';

export interface FakeStriate {
  readonly striate: Striate;
  readonly engine: FakeEngine;
  /** Ends the engine at hand as the browser ends a worker. */
  kill(): void;
}

export async function fakeStriate(faults: Faults = {}, options: LoadOptions = {}): Promise<FakeStriate> {
  const engine = new FakeEngine(faults);
  let transport: InProcessTransport | null = null;
  const connect = () => {
    transport = new InProcessTransport(engine.create, { skipSelfTest: true });
    return Promise.resolve(transport);
  };
  const striate = await startStriate(connect, options);
  return { striate, engine, kill: () => transport?.kill('it was killed by a test') };
}

/** `count` images of 1×2×2 with labels 0 … 9 in turn. */
export function fakeDataset(striate: Striate, count = 20): Promise<Dataset> {
  const data = Uint8Array.from({ length: 4 * count }, (_, i) => i % 256);
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  return striate.datasets.fromPixels({ data, shape: [count, 1, 2, 2] }, labels, { classes: 10 });
}

export interface StartedFake extends FakeStriate {
  readonly model: Model;
  readonly dataset: Dataset;
}

/** For a file of tests: starts fake engines, each with a model and a dataset, and closes them after their test. */
export function fakesOfOneFile(): (faults?: Faults, options?: LoadOptions) => Promise<StartedFake> {
  const open: Striate[] = [];
  afterEach(async () => {
    for (const striate of open.splice(0)) await striate.close();
  });
  return async (faults = {}, options = {}) => {
    const fake = await fakeStriate(faults, options);
    open.push(fake.striate);
    const model = await fake.striate.createModel('lenet', { seed: 1 });
    const dataset = await fakeDataset(fake.striate);
    return { ...fake, model, dataset };
  };
}
