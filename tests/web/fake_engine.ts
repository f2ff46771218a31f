/**
 * An engine without mathematics, for tests of protocol and library: it keeps books as the real one does.
 *
 * A model's one weight is a checksum over the images it was trained on, in order, so that a training that was cut and
 * resumed can be compared with one that was not. The loss of step s is 1/s. `faults` make it fail on demand.
 */
import type { CreateEngine, EngineModule, EngineSession } from '../../web/worker/engine_module.js';
import { FakeSession } from './fake_session.js';

export interface Faults {
  /** Throws as a wasm trap does, once, when this method is called. */
  trapIn?: keyof EngineSession;
  /** Throws when the training gets to this step, once. */
  trapAtStep?: number;
  /** `trainSteps` says not_finite at this step. */
  notFiniteAtStep?: number;
  /** Milliseconds of work a step takes (spinning). */
  stepMs?: number;
  inspectMs?: number;
  /** `createEngine` rejects with this. */
  loadError?: Error;
}

export class FakeEngine {
  readonly faults: Faults;
  /** Names of session methods, in order of their calls. */
  readonly log: string[] = [];
  /** How many modules were made. */
  loads = 0;
  readonly sessions: FakeSession[] = [];

  constructor(faults: Faults = {}) {
    this.faults = faults;
  }

  readonly create: CreateEngine = () => {
    if (this.faults.loadError) return Promise.reject(this.faults.loadError);
    this.loads++;
    const engine = this;
    const module: EngineModule = {
      Session: class extends FakeSession {
        constructor() {
          super(engine);
          engine.sessions.push(this);
        }
      },
      buildInfo: () => JSON.stringify({ build: 'simd', version: '0.0.0', arch: 'fake', width: 4 }),
      zoo: () => JSON.stringify([{ name: 'lenet', description: 'Fake', classes: 10, inputShape: [1, 28, 28] }]),
      memoryBytes: () => 1000,
      wasmExports: {},
      _striate_threads_use: () => 1,
      peak: (iterations) => iterations,
    };
    return Promise.resolve(module);
  };
}
