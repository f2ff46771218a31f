/**
 * A worker as transport.
 *
 * A worker that is terminated, or killed by the browser for its memory, sends no event. So the worker holds a Web Lock
 * while it lives, and this side asks for the same lock: it gets it when the worker is dead. Until the worker holds it, and
 * where there are no Web Locks (insecure contexts), the client's pings tell.
 */
import type { FromEngine, ToEngine } from './protocol.js';
import type { Transport } from './transport.js';

export class WorkerTransport implements Transport {
  onmessage: ((message: FromEngine) => void) | null = null;
  onlost: ((reason: string) => void) | null = null;
  readonly lockName: string | null;
  readonly pingable = true;
  readonly #worker: Worker;
  readonly #lockWait = new AbortController();

  constructor(worker: Worker) {
    this.#worker = worker;
    const locks = globalThis.navigator?.locks as LockManager | undefined;
    this.lockName = locks ? `striate-${crypto.randomUUID()}` : null;
    worker.onmessage = (event: MessageEvent<FromEngine>) => this.onmessage?.(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#lose(event.message || 'its script could not be loaded or threw an error');
    };
    worker.onmessageerror = () => this.#lose('a message from it could not be read');
  }

  post(message: ToEngine, transfer: ArrayBufferLike[]): void {
    this.#worker.postMessage(message, transfer as ArrayBuffer[]);
  }

  watchLock(): void {
    if (this.lockName === null) return;
    navigator.locks
      .request(this.lockName, { signal: this.#lockWait.signal }, () => this.#lose('it was ended from outside'))
      .catch(() => undefined);
  }

  close(): void {
    this.onmessage = null;
    this.onlost = null;
    this.#lockWait.abort();
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.onmessageerror = null;
    this.#worker.terminate();
  }

  #lose(reason: string): void {
    const { onlost } = this;
    this.onlost = null;
    onlost?.(reason);
  }
}
