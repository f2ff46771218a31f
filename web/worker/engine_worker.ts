/**
 * The worker's entry: runs an EngineHost on the messages of this worker. Start it as a module worker.
 */
import * as engine from '#engine';
import { EngineHost } from './engine_host.js';
import type { ToEngine } from './protocol.js';

/** The part of a dedicated worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: { readonly data: ToEngine }) => void) | null;
  postMessage(message: unknown, transfer: ArrayBufferLike[]): void;
  readonly navigator?: { readonly locks?: LockManager };
}

const scope = globalThis as unknown as WorkerScope;

/** Held until this worker dies: the promise inside never settles. */
function holdLock(name: string): Promise<void> {
  return new Promise((held) => {
    const locks = scope.navigator?.locks;
    if (!locks) return held();
    void locks.request(name, () => {
      held();
      return new Promise<never>(() => undefined);
    });
  });
}

const host = new EngineHost({
  createEngine: engine.default,
  files: engine,
  post: (message, transfer) => scope.postMessage(message, transfer),
  holdLock,
});
scope.onmessage = (event) => host.receive(event.data);
