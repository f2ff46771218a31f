/** `loadStriate`: starts the engine and gives the handle on everything. */
import { BUILDS } from '../worker/builds.js';
import type { Transport } from '../worker/transport.js';
import type { EngineInfo, NetworkSpec, PolicyJson, TransformInfo, ZooNetwork } from '../worker/values.js';
import { checkBytes, checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed, invalid, shown } from './check.js';
import { makePolicy } from './augmentation.js';
import { connector } from './connect.js';
import { EngineDatasets } from './dataset.js';
import { Engine, ModelRecord } from './kept_engine.js';
import { EngineModel } from './model.js';
import { checkNetwork, checkZooRequest } from './options.js';
import type {
  AugmentationPolicy,
  BenchmarkOptions,
  BenchmarkResult,
  CallOptions,
  CreateModelOptions,
  Datasets,
  LoadOptions,
  Model,
  Striate,
  StriateStatus,
} from './types.js';

const LOAD_KEYS = [
  'build',
  'threads',
  'wasmUrl',
  'workerFactory',
  'inProcess',
  'autoRecover',
  'checkpointEveryMs',
  'signal',
];

/**
 * Starts an engine: in a browser in its own worker, in Node on the calling thread, in slices. Each call starts another.
 *
 * ```ts
 * const striate = await loadStriate();
 * const model = await striate.createModel('lenet', { seed: 1 });
 * ```
 *
 * @throws `load_failed`, `no_webassembly`, `no_simd`, `self_test_failed`, `invalid_argument`, `aborted`
 */
export async function loadStriate(options: LoadOptions = {}): Promise<Striate> {
  checkKeys('loadStriate options', options, LOAD_KEYS);
  return startStriate(connector(options), options);
}

/** The same over any transport; tests bring their own. @internal */
export async function startStriate(connect: () => Promise<Transport>, options: LoadOptions = {}): Promise<Striate> {
  const engine = new Engine({
    connect,
    build: checkOneOf('build', options.build ?? 'auto', ['auto', ...BUILDS]),
    threads: checkThreads(options.threads ?? 'auto'),
    wasmUrl: options.wasmUrl === undefined ? null : absoluteUrl(options.wasmUrl),
    autoRecover: checkOneOf('autoRecover', options.autoRecover ?? true, [true, false]),
    checkpointEveryMs: checkNumber('checkpointEveryMs', options.checkpointEveryMs ?? 1000, { least: 0 }),
  });
  await engine.start(options.signal);
  return new LoadedStriate(engine);
}

class LoadedStriate implements Striate {
  readonly datasets: Datasets;
  readonly zoo: readonly string[];
  readonly networks: readonly ZooNetwork[];
  readonly info: EngineInfo;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.datasets = new EngineDatasets(engine);
    this.networks = engine.opened.zoo;
    this.zoo = this.networks.map(({ name }) => name);
    // Of the engine at hand: one that takes a dead one's place may have fewer threads.
    this.info = {
      get build() {
        return engine.opened.build;
      },
      get version() {
        return engine.opened.version;
      },
      get threads() {
        return engine.opened.threads;
      },
      get notes() {
        return engine.opened.notes;
      },
      memory: {
        get used() {
          return engine.memory.used;
        },
        get size() {
          return engine.memory.size;
        },
        get limit() {
          return engine.opened.memoryLimit;
        },
      },
    };
  }

  get status(): StriateStatus {
    return this.#engine.status;
  }

  async createModel(network: NetworkSpec | string, options: CreateModelOptions = {}): Promise<Model> {
    checkKeys('createModel options', options, ['seed', 'classes', 'input', 'signal']);
    const args = { network: networkOf(network, options), seed: checkSeed('seed', options.seed ?? 0) };
    const info = await this.#engine.call('createModel', () => args, { signal: options.signal });
    return new EngineModel(this.#engine, new ModelRecord(info, (client) => client.call('createModel', args)));
  }

  async loadModel(bytes: Uint8Array, options: CallOptions = {}): Promise<Model> {
    const args = { bytes: checkBytes('bytes', bytes).slice() };
    const info = await this.#engine.call('loadModel', () => args, { signal: options.signal });
    return new EngineModel(this.#engine, new ModelRecord(info, (client) => client.call('loadModel', args)));
  }

  async importOnnx(bytes: Uint8Array, options: CallOptions = {}): Promise<Model> {
    const args = { bytes: checkBytes('bytes', bytes).slice() };
    const info = await this.#engine.call('importOnnx', () => args, { signal: options.signal });
    return new EngineModel(this.#engine, new ModelRecord(info, (client) => client.call('importOnnx', args)));
  }

  augmentation(policy: PolicyJson | string, options: CallOptions = {}): Promise<AugmentationPolicy> {
    return makePolicy(this.#engine, policy, options.signal);
  }

  transforms(options: CallOptions = {}): Promise<readonly TransformInfo[]> {
    return this.#engine.call('transforms', () => null, options);
  }

  async benchmark(options: BenchmarkOptions = {}): Promise<BenchmarkResult> {
    const { runBenchmark } = await import('./benchmark.js');
    return runBenchmark(this.#engine, options);
  }

  onStatus(listener: (status: StriateStatus) => void): () => void {
    return this.#engine.onStatus(listener);
  }

  recover(): Promise<void> {
    return this.#engine.recover();
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }

  [Symbol.dispose](): void {
    this.#engine.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function networkOf(network: NetworkSpec | string, { classes, input }: CreateModelOptions) {
  if (classes === undefined && input === undefined) return checkNetwork(network);
  if (typeof network !== 'string') {
    throw invalid(
      'classes and input were given beside a network.',
      'Leave them out: they change a network of the zoo, and this one says both itself.',
    );
  }
  return checkZooRequest(network, { classes, input });
}

function checkThreads(threads: 'auto' | number): 'auto' | number {
  if (threads === 'auto') return threads;
  if (typeof threads !== 'number') throw invalid(`threads is ${shown(threads)}.`, "Give 'auto' or a number.");
  return checkInteger('threads', threads, { least: 1, most: 64 });
}

/** Relative to the page, not to the worker's script. */
function absoluteUrl(url: string | URL): string {
  const base = typeof document === 'object' ? document.baseURI : undefined;
  return base === undefined ? String(url) : new URL(url, base).href;
}
