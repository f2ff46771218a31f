/** Where the engine runs: in a worker where there are workers, else on the calling thread. */
import type { Transport } from '../worker/transport.js';
import { WorkerTransport } from '../worker/worker_transport.js';
import type { LoadOptions } from './types.js';

/** A function that starts an engine's host each time it is called. */
export function connector({ workerFactory, inProcess }: LoadOptions): () => Promise<Transport> {
  const here = inProcess ?? (workerFactory === undefined && typeof Worker === 'undefined');
  if (here) {
    return async () => {
      const { openInProcess } = await import('../worker/in_process.js');
      return openInProcess();
    };
  }
  const make = workerFactory ?? defaultWorker;
  return () => Promise.resolve(new WorkerTransport(make()));
}

/** Bundlers know this form, and bring the worker's script along. */
function defaultWorker(): Worker {
  return new Worker(new URL('../worker/engine_worker.js', import.meta.url), { type: 'module', name: 'striate' });
}
