/**
 * One engine and what must outlive it: status, recovery, the datasets' journal and the models' checkpoints.
 *
 * Calls go to the engine at hand. While a new one is being started in place of a dead one they wait; calls that were
 * under way when it died reject with `worker_lost` (trainings are the exception: training_run.ts sends them again).
 */
import type { Build } from '../worker/builds.js';
import { EngineClient, SILENCE_LIMIT_MS } from '../worker/client.js';
import type { ClientCallOptions } from '../worker/client.js';
import { StriateError, abortedError } from '../worker/errors.js';
import type { Calls, Method, ModelInfo, OpenResult } from '../worker/protocol.js';
import type { Transport } from '../worker/transport.js';
import type { ImageShape, LayerSettings, MemoryUse, NetworkSpec } from '../worker/values.js';
import { Journal, perform } from './journal.js';
import type { JournalEntry } from './journal.js';
import type { StriateStatus } from './types.js';

/** An engine that dies this often with nothing trained in between is given up. */
const MAX_STRIKES = 3;
/** An engine that lived this long was a good one. */
const GOOD_LIFE_MS = 30_000;
/**
 * How long a worker in place of another may take to say its first word: its script is in the browser's cache. If it says
 * none, the next one may take twice as long, up to what the very first may take.
 */
const REPLACEMENT_ANSWER_MS = 5_000;

export interface EngineSettings {
  readonly connect: () => Promise<Transport>;
  readonly build: 'auto' | Build;
  readonly threads: 'auto' | number;
  readonly wasmUrl: string | null;
  readonly autoRecover: boolean;
  readonly checkpointEveryMs: number;
}

/** A model as the library knows it. `id` is the engine's number, and changes with the engine. */
export class ModelRecord {
  id: number;
  readonly network: NetworkSpec;
  readonly inputShape: ImageShape;
  readonly classes: number;
  disposed = false;
  /** Makes the model as it was at first. */
  readonly #origin: (client: EngineClient) => Promise<ModelInfo>;
  /** The latest state of its training, as a file. */
  checkpoint: Uint8Array | null = null;
  /** Which layers train and how fast, once somebody has changed it. */
  layers: readonly LayerSettings[] | null = null;

  constructor(info: ModelInfo, origin: (client: EngineClient) => Promise<ModelInfo>) {
    this.id = info.model;
    this.network = info.network;
    this.inputShape = info.inputShape;
    this.classes = info.classes;
    this.#origin = origin;
  }

  /** @throws `disposed` */
  use(): number {
    if (!this.disposed) return this.id;
    throw new StriateError('disposed', 'The model was disposed.', 'Make it again, or dispose it later.');
  }

  async restore(client: EngineClient): Promise<void> {
    const { checkpoint } = this;
    const info = checkpoint ? await client.call('loadModel', { bytes: checkpoint }) : await this.#origin(client);
    this.id = info.model;
    if (this.layers) await client.call('configureLayers', { model: this.id, change: { settings: this.layers } });
    // It may have been disposed meanwhile.
    if (this.disposed) await client.call('disposeModel', { model: this.id });
  }
}

export class Engine {
  readonly settings: EngineSettings;
  readonly journal = new Journal();
  readonly models = new Set<ModelRecord>();

  readonly #listeners = new Set<(status: StriateStatus) => void>();
  #status: StriateStatus = 'recovering';
  #client: EngineClient | null = null;
  /** One that is being started. */
  #opening: EngineClient | null = null;
  #opened: OpenResult | null = null;
  #lostError: StriateError | null = null;
  #recovery: Promise<void> | null = null;
  #strikes = 0;
  #bornAt = 0;
  #firstAnswerMs = SILENCE_LIMIT_MS;

  constructor(settings: EngineSettings) {
    this.settings = settings;
  }

  get status(): StriateStatus {
    return this.#status;
  }

  get opened(): OpenResult {
    if (!this.#opened) throw new StriateError('invalid_state', 'The engine is not open yet.');
    return this.#opened;
  }

  get memory(): MemoryUse {
    return this.#client?.memory ?? { used: 0, size: 0 };
  }

  onStatus(listener: (status: StriateStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts the first engine. @throws `load_failed`, `no_webassembly`, `no_simd`, `self_test_failed`, `aborted` */
  async start(signal?: AbortSignal): Promise<void> {
    try {
      this.#adopt(await this.#connect(signal));
    } catch (error) {
      this.#setStatus('closed');
      throw error;
    }
  }

  /** A call to the engine at hand. `args` is asked when it is sent: numbers may have changed by then. */
  async call<M extends Method>(
    method: M,
    args: () => Calls[M]['args'],
    options: ClientCallOptions = {},
  ): Promise<Calls[M]['result']> {
    if (this.#status === 'recovering') await this.#ready(options.signal);
    return this.#current().call(method, args(), options);
  }

  /** Carries out a dataset's entry and keeps it for recoveries. */
  async record(entry: JournalEntry, signal?: AbortSignal): Promise<void> {
    if (this.#status === 'recovering') await this.#ready(signal);
    await perform(this.#current(), entry, signal);
    this.journal.add(entry);
  }

  /** Tells the engine something that needs no answer and is of no use to a later engine. */
  tell<M extends Method>(method: M, args: Calls[M]['args']): void {
    if (this.#status === 'ready') this.#client?.call(method, args).catch(() => undefined);
  }

  /** Something was trained and kept: the engine works. */
  provedGood(): void {
    this.#strikes = 0;
  }

  recover(): Promise<void> {
    if (this.#status === 'closed') return Promise.reject(closedError());
    if (this.#client) return Promise.resolve();
    this.#recovery ??= this.#restart().finally(() => (this.#recovery = null));
    return this.#recovery;
  }

  close(): void {
    if (this.#status === 'closed') return;
    this.#setStatus('closed');
    this.#client?.close(closedError());
    this.#opening?.close(closedError());
    this.#client = null;
    this.#listeners.clear();
  }

  #current(): EngineClient {
    if (this.#status === 'closed') throw closedError();
    if (this.#status === 'lost' || !this.#client) throw this.#lostError ?? closedError();
    return this.#client;
  }

  async #connect(signal?: AbortSignal): Promise<EngineClient> {
    if (signal?.aborted) throw abortedError(signal);
    const client = new EngineClient(await this.settings.connect(), this.#firstAnswerMs);
    this.#firstAnswerMs = Math.min(2 * this.#firstAnswerMs, SILENCE_LIMIT_MS);
    this.#opening = client;
    try {
      const { build, threads, wasmUrl } = this.settings;
      this.#opened = await client.open({ build, threads, wasmUrl }, signal);
    } catch (error) {
      client.close(closedError());
      if (error instanceof StriateError && error.code === 'worker_lost') {
        const hint =
          'Check that the worker script is served and that the CSP allows it (worker-src), or give `workerFactory`.';
        throw new StriateError('load_failed', `The engine could not be started. ${error.message}`, hint, {
          cause: error,
        });
      }
      throw error;
    } finally {
      this.#opening = null;
    }
    return client;
  }

  #adopt(client: EngineClient): void {
    this.#client = client;
    this.#bornAt = Date.now();
    this.#firstAnswerMs = REPLACEMENT_ANSWER_MS;
    client.onlost = (error) => this.#lost(error);
    this.#setStatus('ready');
  }

  #lost(error: StriateError): void {
    if (this.#status === 'closed') return;
    this.#client = null;
    this.#lostError = error;
    this.#strikes = Date.now() - this.#bornAt > GOOD_LIFE_MS ? 1 : this.#strikes + 1;
    if (!this.settings.autoRecover || this.#strikes > MAX_STRIKES) return this.#setStatus('lost');
    this.recover().catch(() => undefined);
  }

  async #restart(): Promise<void> {
    this.#setStatus('recovering');
    let client: EngineClient | null = null;
    try {
      client = await this.#connect();
      await this.journal.replay(client);
      for (const model of this.models) await model.restore(client);
    } catch (error) {
      client?.close(closedError());
      if (this.status === 'closed') throw closedError();
      this.#lostError = error instanceof StriateError ? error : new StriateError('worker_lost', String(error));
      this.#setStatus('lost');
      throw error;
    }
    if (this.status === 'closed') {
      client.close(closedError());
      throw closedError();
    }
    this.#adopt(client);
  }

  /** Waits for the recovery under way, no longer than the signal allows. */
  #ready(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError(signal));
      const onAbort = (): void => reject(abortedError(signal as AbortSignal));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.recover()
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener('abort', onAbort));
    });
  }

  #setStatus(status: StriateStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    for (const listener of [...this.#listeners]) listener(status);
  }
}

function closedError(): StriateError {
  return new StriateError('closed', 'The engine was closed.', 'Load another one with loadStriate().');
}
