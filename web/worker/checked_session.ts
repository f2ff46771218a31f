/**
 * The engine's session with its replies read: values out, `StriateError` thrown, traps told apart.
 *
 * This is the only file that parses the engine's JSON. It trusts the shape of what the engine says (both come from the
 * same build); what callers say was checked before.
 */
import type {
  BatchLayout,
  BuildInfo,
  DatasetInfo,
  EngineModule,
  EnginePixels,
  EngineSession,
  EvaluationProgress,
  ImagesLayout,
  Im2colLayout,
  InspectionLayout,
  BlockLayout,
  RateProgress,
  Reply,
  StepsResult,
  TrainingPlan,
  ViewsLayout,
} from './engine_module.js';
import { StriateError, isStriateErrorCode } from './errors.js';
import type {
  ModelInfo,
  PredictOptions,
  WireAugmented,
  WireBatch,
  WireIm2col,
  WireImages,
  WireInspection,
  WirePrediction,
  WireTensors,
} from './protocol.js';
import type {
  AugmentedLayout,
  AugmentOptions,
  BatchShape,
  EvaluationOptions,
  GrowOptions,
  SyntheticOptions,
  LayerChange,
  LayerSettings,
  LayerSummary,
  LearningRateSearch,
  MemoryUse,
  NetworkSpec,
  PlannedMemory,
  PolicyInfo,
  PolicyJson,
  TrainingChange,
  TrainingOptions,
  TransformInfo,
  ZooNetwork,
  ZooRequest,
} from './values.js';

/** The engine trapped or aborted: its memory may be in any state, so it must not be called again. */
export class EngineTrap extends Error {
  constructor(method: string, cause: unknown) {
    super(`The engine stopped in ${method}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'EngineTrap';
  }
}

type GoodReply = Extract<Reply, { readonly ok: true }>;

export class CheckedSession {
  readonly #module: EngineModule;
  readonly #session: EngineSession;

  constructor(module: EngineModule) {
    this.#module = module;
    this.#session = this.#guard('Session', () => new module.Session());
  }

  buildInfo(): BuildInfo {
    return JSON.parse(this.#guard('buildInfo', () => this.#module.buildInfo())) as BuildInfo;
  }

  zoo(): ZooNetwork[] {
    return JSON.parse(this.#guard('zoo', () => this.#module.zoo())) as ZooNetwork[];
  }

  memory(): MemoryUse {
    const used = this.#guard('memoryBytes', () => this.#module.memoryBytes());
    const memory = Object.values(this.#module.wasmExports).find((value) => value instanceof WebAssembly.Memory);
    return { used, size: memory?.buffer.byteLength ?? used };
  }

  /** Floating-point operations done in so many rounds of the peak's loop, on all threads. */
  peak(rounds: number): number {
    return this.#guard('peak', () => this.#module.peak(rounds));
  }

  /** Runs `work` while the engine keeps to its own thread, of the `threads` that it has. */
  onOneThread<T>(threads: number, work: () => T): T {
    const { _striate_threads_use: use } = this.#module as { readonly _striate_threads_use?: (count: number) => number };
    use?.(1);
    try {
      return work();
    } finally {
      use?.(threads);
    }
  }

  createModel(network: NetworkSpec | ZooRequest | string, seed: number): ModelInfo {
    const json = JSON.stringify(network);
    return this.#modelInfo(this.#json<{ model: number }>('createModel', (s) => s.createModel(json, seed)).model);
  }

  load(bytes: Uint8Array): ModelInfo {
    return this.#modelInfo(this.#json<{ model: number }>('load', (s) => s.load(bytes)).model);
  }

  importOnnx(bytes: Uint8Array): ModelInfo {
    return this.#modelInfo(this.#json<{ model: number }>('importOnnx', (s) => s.importOnnx(bytes)).model);
  }

  plannedMemory(model: number, batchSize: number, training: boolean): PlannedMemory {
    const json = JSON.stringify({ batchSize, training });
    return this.#json('plannedMemory', (s) => s.plannedMemory(model, json));
  }

  summary(model: number): LayerSummary[] {
    return this.#json('summary', (s) => s.summary(model));
  }

  datasetFromIdx(images: Uint8Array, labels: Uint8Array): DatasetInfo {
    return this.#json('datasetFromIdx', (s) => s.datasetFromIdx(images, labels));
  }

  datasetFromCifar10(records: Uint8Array): DatasetInfo {
    return this.#json('datasetFromCifar10', (s) => s.datasetFromCifar10(records));
  }

  datasetSynthetic(options: SyntheticOptions): DatasetInfo {
    return this.#json('datasetSynthetic', (s) => s.datasetSynthetic(JSON.stringify(options)));
  }

  datasetFromPixels(pixels: EnginePixels, labels: Int32Array, shape: BatchShape, classes: number): DatasetInfo {
    const shapeJson = JSON.stringify(shape);
    return this.#json('datasetFromPixels', (s) => s.datasetFromPixels(pixels, labels, shapeJson, classes));
  }

  datasetSplit(dataset: number, validation: number, seed: number): { train: DatasetInfo; validation: DatasetInfo } {
    const options = JSON.stringify({ validation, seed });
    return this.#json('datasetSplit', (s) => s.datasetSplit(dataset, options));
  }

  datasetSlice(dataset: number, first: number, count: number): DatasetInfo {
    return this.#json('datasetSlice', (s) => s.datasetSlice(dataset, first, count));
  }

  datasetAppend(dataset: number, pixels: EnginePixels, labels: Int32Array): void {
    this.#call('datasetAppend', (s) => s.datasetAppend(dataset, pixels, labels));
  }

  datasetImages(dataset: number, indices: Uint32Array): WireImages {
    const reply = this.#call('datasetImages', (s) => s.datasetImages(dataset, indices));
    return { ...(JSON.parse(reply.json) as ImagesLayout), data: pixelsOf('datasetImages', reply) };
  }

  datasetAugment(dataset: number, policy: PolicyJson, options: GrowOptions): DatasetInfo {
    const [policyJson, json] = [JSON.stringify(policy), JSON.stringify(options)];
    return this.#json('datasetAugment', (s) => s.datasetAugment(dataset, policyJson, json));
  }

  readPolicy(policy: PolicyJson): PolicyInfo {
    const json = JSON.stringify(policy);
    return this.#json('readPolicy', (s) => s.readPolicy(json));
  }

  transforms(): TransformInfo[] {
    return this.#json('transforms', (s) => s.transforms());
  }

  augment(policy: PolicyJson, pixels: EnginePixels, shape: BatchShape, options: AugmentOptions): WireAugmented {
    const [policyJson, json] = [JSON.stringify(policy), JSON.stringify({ ...options, shape })];
    const reply = this.#call('augment', (s) => s.augment(policyJson, pixels, json));
    return { data: pixelsOf('augment', reply), layout: JSON.parse(reply.json) as AugmentedLayout };
  }

  trainBegin(model: number, dataset: number, options: TrainingOptions): TrainingPlan {
    const json = JSON.stringify(options);
    return this.#json('trainBegin', (s) => s.trainBegin(model, dataset, json));
  }

  trainConfigure(model: number, change: TrainingChange): TrainingPlan | null {
    const json = JSON.stringify(change);
    return this.#json('trainConfigure', (s) => s.trainConfigure(model, json));
  }

  trainSteps(model: number, steps: number): StepsResult {
    const reply = this.#call('trainSteps', (s) => s.trainSteps(model, steps));
    return { ...(JSON.parse(reply.json) as Omit<StepsResult, 'losses'>), losses: floatsOf('trainSteps', reply) };
  }

  trainBatch(model: number): WireBatch | null {
    const reply = this.#call('trainBatch', (s) => s.trainBatch(model));
    const layout = JSON.parse(reply.json) as BatchLayout | null;
    return layout && { ...layout, data: pixelsOf('trainBatch', reply) };
  }

  trainEnd(model: number): void {
    this.#call('trainEnd', (s) => s.trainEnd(model));
  }

  evaluateBegin(model: number, dataset: number, options: EvaluationOptions & { readonly training?: boolean }): void {
    const json = JSON.stringify(options);
    this.#call('evaluateBegin', (s) => s.evaluateBegin(model, dataset, json));
  }

  configureLayers(model: number, change: LayerChange): LayerSettings[] {
    const json = JSON.stringify(change);
    return this.#json('configureLayers', (s) => s.configureLayers(model, json));
  }

  rateBegin(model: number, dataset: number, options: LearningRateSearch): void {
    const json = JSON.stringify(options);
    this.#call('rateBegin', (s) => s.rateBegin(model, dataset, json));
  }

  rateSteps(model: number, steps: number): RateProgress {
    return this.#json('rateSteps', (s) => s.rateSteps(model, steps));
  }

  rateEnd(model: number): void {
    this.#call('rateEnd', (s) => s.rateEnd(model));
  }

  evaluateSteps(model: number, images: number): EvaluationProgress {
    return this.#json('evaluateSteps', (s) => s.evaluateSteps(model, images));
  }

  predict(model: number, pixels: EnginePixels, count: number): Float32Array {
    const reply = this.#call('predict', (s) => s.predict(model, pixels, count));
    return floatsOf('predict', reply);
  }

  predictViews(model: number, pixels: EnginePixels, count: number, options: PredictOptions): WirePrediction {
    const json = JSON.stringify(options);
    const reply = this.#call('predictViews', (s) => s.predictViews(model, pixels, count, json));
    const floats = floatsOf('predictViews', reply);
    const layout = JSON.parse(reply.json) as ViewsLayout & { readonly shape: readonly [number, number] };
    const [n, classes] = layout.shape;
    // The views' pixels come as bytes, or as floats behind the probabilities.
    const probabilities = n * classes * (1 + (layout.perView ? layout.views : 0));
    const images = layout.perView ? (reply.bytes ?? floats.slice(probabilities)) : null;
    return { floats: floats.slice(0, probabilities), layout, images };
  }

  im2col(model: number, pixels: EnginePixels, layer: string): WireIm2col {
    const reply = this.#call('im2col', (s) => s.im2col(model, pixels, JSON.stringify(layer)));
    return { floats: floatsOf('im2col', reply), layout: JSON.parse(reply.json) as Im2colLayout };
  }

  inspect(model: number, pixels: EnginePixels, layers: readonly string[] | null): WireInspection {
    const json = JSON.stringify(layers);
    const reply = this.#call('inspect', (s) => s.inspect(model, pixels, json));
    return { floats: floatsOf('inspect', reply), layout: JSON.parse(reply.json) as InspectionLayout };
  }

  parameters(model: number, names: readonly string[] | null): WireTensors {
    const json = JSON.stringify(names);
    const reply = this.#call('parameters', (s) => s.parameters(model, json));
    return { floats: floatsOf('parameters', reply), blocks: JSON.parse(reply.json) as BlockLayout[] };
  }

  save(model: number, optimizer: boolean): Uint8Array {
    const json = JSON.stringify({ optimizer });
    const reply = this.#call('save', (s) => s.save(model, json));
    if (!reply.bytes) throw new StriateError('internal', 'save: the engine gave no bytes.');
    return reply.bytes;
  }

  exportOnnx(model: number): Uint8Array {
    const reply = this.#call('exportOnnx', (s) => s.exportOnnx(model));
    if (!reply.bytes) throw new StriateError('internal', 'exportOnnx: the engine gave no bytes.');
    return reply.bytes;
  }

  disposeModel(model: number): void {
    this.#call('disposeModel', (s) => s.disposeModel(model));
  }

  disposeDataset(dataset: number): void {
    this.#call('disposeDataset', (s) => s.disposeDataset(dataset));
  }

  close(): void {
    this.#guard('delete', () => this.#session.delete());
  }

  #modelInfo(model: number): ModelInfo {
    const network = this.#json<NetworkSpec>('spec', (s) => s.spec(model));
    const last = this.summary(model).at(-1);
    const { channels, height, width } = network.input;
    const [c, h, w] = last?.outputShape ?? [channels, height, width];
    return { model, network, inputShape: [channels, height, width], classes: c * h * w };
  }

  #json<T>(method: string, call: (session: EngineSession) => Reply): T {
    return JSON.parse(this.#call(method, call).json) as T;
  }

  #call(method: string, call: (session: EngineSession) => Reply): GoodReply {
    const reply = this.#guard(method, () => call(this.#session));
    if (reply.ok) return reply;
    const code = isStriateErrorCode(reply.code) ? reply.code : 'internal';
    throw new StriateError(code, reply.message, reply.hint);
  }

  #guard<T>(method: string, run: () => T): T {
    try {
      return run();
    } catch (cause) {
      throw new EngineTrap(method, cause);
    }
  }
}

function pixelsOf(method: string, reply: GoodReply): Uint8Array | Float32Array {
  const data = reply.bytes ?? reply.floats;
  if (!data) throw new StriateError('internal', `${method}: the engine gave neither bytes nor floats.`);
  return data;
}

function floatsOf(method: string, reply: GoodReply): Float32Array {
  if (!reply.floats) throw new StriateError('internal', `${method}: the engine gave no floats.`);
  return reply.floats;
}
