/**
 * The engine on the calling thread, behind the same protocol: for Node, and for tests.
 *
 * Messages are cloned (and buffers moved) as a worker's would be, and delivered after the code that sent them.
 */
import type { CreateEngine } from './engine_module.js';
import type { HostOptions } from './engine_host.js';
import { EngineHost } from './engine_host.js';
import type { FromEngine, ToEngine } from './protocol.js';
import type { Transport } from './transport.js';

export class InProcessTransport implements Transport {
  onmessage: ((message: FromEngine) => void) | null = null;
  onlost: ((reason: string) => void) | null = null;
  readonly lockName = null;
  readonly pingable = false;
  readonly #host: EngineHost;

  constructor(createEngine: CreateEngine, options: Partial<HostOptions> = {}) {
    this.#host = new EngineHost({
      createEngine,
      post: (message, transfer) => {
        const copy = structuredClone(message, { transfer: transfer as ArrayBuffer[] });
        queueMicrotask(() => this.onmessage?.(copy));
      },
      ...options,
    });
  }

  post(message: ToEngine, transfer: ArrayBufferLike[]): void {
    const copy = structuredClone(message, { transfer: transfer as ArrayBuffer[] });
    queueMicrotask(() => this.#host.receive(copy));
  }

  watchLock(): void {
    // Nothing can end it from outside.
  }

  /** As if the worker had been ended from outside: for tests. */
  kill(reason: string): void {
    this.#host.close();
    const { onlost } = this;
    this.onlost = null;
    onlost?.(reason);
  }

  close(): void {
    this.onmessage = null;
    this.onlost = null;
    this.#host.close();
  }
}

/** The transport of Node: loads the engine's glue on demand. */
export async function openInProcess(): Promise<InProcessTransport> {
  const engine = await import('#engine');
  return new InProcessTransport(engine.default, { files: engine });
}
