/** The library over a fake engine, and a handle to kill it with. */
import { startStriate } from '../../web/lib/load.js';
import type { Dataset, LoadOptions, Striate } from '../../web/lib/types.js';
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
