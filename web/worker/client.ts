/**
 * The library's side of the protocol: calls as promises, aborts, events of trainings, the death of the other end.
 *
 * One client talks to one engine until that is lost or closed; then every call under way rejects, and so does every
 * later one. Starting another engine is the library's business.
 */
import { StriateError, abortedError, fromWireError } from './errors.js';
import type { CallMessage, CheckpointMessage, FromEngine, Method, OpenArguments, WireReport } from './protocol.js';
import type { Calls } from './protocol.js';
import type { MemoryUse } from './values.js';
import type { Transport } from './transport.js';

/** Where no Web Lock watches it, an engine that says nothing for this long while calls wait is taken for dead. */
export const SILENCE_LIMIT_MS = 60_000;
const PING_EVERY_MS = 5_000;

export interface ClientCallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly topic?: string | undefined;
  readonly transfer?: ArrayBufferLike[];
  /** Events of a training. */
  readonly onProgress?: (report: WireReport) => void;
  readonly onCheckpoint?: (checkpoint: CheckpointMessage) => void;
  /** Told the call's id before the message goes out: `fitControl` needs it. */
  readonly onId?: (id: number) => void;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: StriateError) => void;
  readonly options: ClientCallOptions;
  readonly unlisten: () => void;
}

export class EngineClient {
  /** Called once when the engine is lost, after the calls under way were rejected. */
  onlost: ((error: StriateError) => void) | null = null;
  /** At the latest answer. */
  memory: MemoryUse = { used: 0, size: 0 };

  readonly #transport: Transport;
  readonly #pending = new Map<number, Pending>();
  readonly #checkpointListeners = new Map<number, (checkpoint: CheckpointMessage) => void>();
  #nextId = 1;
  #ended: StriateError | null = null;
  #lastHeard = 0;
  #heartbeat: ReturnType<typeof setInterval> | null = null;
  /** Whether the other side said that it holds the lock, so that its death is seen. */
  #watched = false;
  #silenceLimitMs: number;

  /** @param firstAnswerMs how long the other side may take to say its first word, as while its script is loaded */
  constructor(transport: Transport, firstAnswerMs = SILENCE_LIMIT_MS) {
    this.#transport = transport;
    this.#silenceLimitMs = firstAnswerMs;
    transport.onmessage = (message) => this.#receive(message);
    transport.onlost = (reason) => this.#lose(reason);
  }

  /** Starts the engine. Called once, before any other call. */
  open(args: Omit<OpenArguments, 'lockName'>, signal?: AbortSignal): Promise<Calls['open']['result']> {
    return this.call('open', { ...args, lockName: this.#transport.lockName }, { signal });
  }

  call<M extends Method>(
    method: M,
    args: Calls[M]['args'],
    options: ClientCallOptions = {},
  ): Promise<Calls[M]['result']> {
    return new Promise<Calls[M]['result']>((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const { signal } = options;
      if (signal?.aborted) return reject(abortedError(signal));
      const id = this.#nextId++;
      const onAbort = (): void => {
        this.#settle(id)?.reject(abortedError(signal as AbortSignal));
        if (!this.#ended) this.#transport.post({ kind: 'abort', id }, []);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const unlisten = (): void => signal?.removeEventListener('abort', onAbort);
      this.#pending.set(id, { resolve, reject, options, unlisten });
      if (options.onCheckpoint) this.#checkpointListeners.set(id, options.onCheckpoint);
      options.onId?.(id);
      try {
        // The cast ties method and arguments together again, which a generic cannot.
        const message = { kind: 'call', id, method, args, topic: options.topic ?? null } as CallMessage;
        this.#transport.post(message, options.transfer ?? []);
      } catch (error) {
        // The message could not be cloned, e.g. bytes on a buffer that was detached.
        const reason = error instanceof Error ? error.message : String(error);
        this.#settle(id)?.reject(new StriateError('invalid_argument', `${method}: cannot be sent: ${reason}`));
      }
      this.#beat();
    });
  }

  /** Ends the engine; calls under way reject with `error`. Idempotent. */
  close(error: StriateError): void {
    if (this.#ended) return;
    this.#end(error);
  }

  #receive(message: FromEngine): void {
    this.#lastHeard = Date.now();
    this.#silenceLimitMs = SILENCE_LIMIT_MS;
    switch (message.kind) {
      case 'result':
        this.memory = message.memory;
        this.#checkpointListeners.delete(message.id);
        this.#settle(message.id)?.resolve(message.value as never);
        return;
      case 'error':
        this.memory = message.memory;
        this.#checkpointListeners.delete(message.id);
        this.#settle(message.id)?.reject(fromWireError(message.error));
        return;
      case 'holding':
        this.#watched = true;
        this.#stopBeating();
        this.#transport.watchLock();
        return;
      case 'progress':
        this.#pending.get(message.id)?.options.onProgress?.(message.report);
        return;
      case 'checkpoint':
        // An aborted training is settled already and sends a last one.
        this.#checkpointListeners.get(message.id)?.(message);
        if (!this.#pending.has(message.id)) this.#checkpointListeners.delete(message.id);
        return;
      case 'fatal':
        this.#lose(message.error.message);
        return;
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.unlisten();
    if (this.#pending.size === 0) this.#stopBeating();
    return pending;
  }

  #lose(reason: string): void {
    if (this.#ended) return;
    const error = new StriateError(
      'worker_lost',
      `The engine's worker died: ${reason}.`,
      'Nothing that was trained up to the last checkpoint is lost: wait for recovery, or call `striate.recover()`.',
    );
    this.#end(error);
    this.onlost?.(error);
  }

  #end(error: StriateError): void {
    this.#ended = error;
    this.#stopBeating();
    this.#transport.close();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
    this.#checkpointListeners.clear();
  }

  /** Pings while calls wait and no lock tells of the engine's death. */
  #beat(): void {
    if (this.#heartbeat !== null || this.#watched || !this.#transport.pingable) return;
    this.#lastHeard = Date.now();
    this.#heartbeat = setInterval(
      () => {
        const silence = Date.now() - this.#lastHeard;
        if (silence > this.#silenceLimitMs) {
          return this.#lose(`it has not answered for ${Math.round(silence / 1000)} s`);
        }
        this.#transport.post({ kind: 'call', id: this.#nextId++, method: 'ping', args: null, topic: null }, []);
      },
      Math.min(PING_EVERY_MS, this.#silenceLimitMs / 4),
    );
  }

  #stopBeating(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }
}
