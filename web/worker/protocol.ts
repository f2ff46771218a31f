/**
 * Every message between the library and the engine's host, as data.
 *
 * To the engine: calls (each with its own id, a method and its arguments) and aborts. From the engine: one `result` or
 * `error` for each call that was not aborted, `progress` and `checkpoint` events of trainings, and `fatal` when the
 * engine must not be used any more. Messages are plain values that structured clone carries; large buffers of results
 * are transferred. Models and datasets travel as the engine's numbers, which hold for one engine only.
 */
import type { BenchmarkFigures, PeakFigures } from './benchmark.js';
import type { Build } from './builds.js';
import type {
  BatchLayout,
  BlockLayout,
  DatasetInfo,
  EnginePixels,
  Im2colLayout,
  InspectionLayout,
  ViewsLayout,
} from './engine_module.js';
import type { WireError } from './errors.js';
import type {
  AugmentedLayout,
  AugmentOptions,
  BatchShape,
  BenchmarkTimes,
  BenchmarkWorkload,
  EvaluationOptions,
  EvaluationResult,
  GrowOptions,
  SyntheticOptions,
  ImageShape,
  LayerChange,
  LayerSettings,
  LayerSummary,
  LearningRateCurve,
  LearningRateSearch,
  LoadNote,
  MemoryUse,
  NetworkSpec,
  PlannedMemory,
  PolicyInfo,
  PolicyJson,
  TestTimeViews,
  TrainingChange,
  TrainingOptions,
  TransformInfo,
  ZooNetwork,
  ZooRequest,
} from './values.js';

export interface OpenArguments {
  readonly build: 'auto' | Build;
  readonly threads: 'auto' | number;
  readonly wasmUrl: string | null;
  /** The worker holds this Web Lock while it lives: the other side sees its death when it gets the lock. */
  readonly lockName: string | null;
}

export interface OpenResult {
  readonly build: string;
  readonly version: string;
  readonly threads: number;
  /** Bytes the WebAssembly memory may grow to. */
  readonly memoryLimit: number;
  /** Why it is not what was asked for. */
  readonly notes: readonly LoadNote[];
  readonly zoo: readonly ZooNetwork[];
}

export interface ModelInfo {
  readonly model: number;
  readonly network: NetworkSpec;
  readonly inputShape: ImageShape;
  readonly classes: number;
}

/** A blob of floats and where its named parts lie. */
export interface WireTensors {
  readonly floats: Float32Array;
  readonly blocks: readonly BlockLayout[];
}

export interface WireInspection {
  readonly floats: Float32Array;
  readonly layout: InspectionLayout;
}

export interface WireImages {
  readonly data: Uint8Array | Float32Array;
  readonly shape: BatchShape;
  readonly labels: readonly number[];
}

export interface WireBatch extends BatchLayout {
  readonly data: Uint8Array | Float32Array;
}

export interface WireAugmented {
  readonly data: Uint8Array | Float32Array;
  readonly layout: AugmentedLayout;
}

export interface PredictOptions {
  readonly tta: TestTimeViews;
  readonly perView: boolean;
  /** Of the images, where the views are smaller. */
  readonly shape: BatchShape;
}

/**
 * `floats`: probabilities [n, classes]; with `perView` those of the views, [n, views, classes], come behind them; `images`
 * are then the views' pixels.
 */
export interface WirePrediction {
  readonly floats: Float32Array;
  readonly layout: ViewsLayout;
  readonly images: Uint8Array | Float32Array | null;
}

/** What a training shows while it runs. */
export interface WireWatch {
  readonly pixels: EnginePixels | null;
  /** null: all layers. */
  readonly layers: readonly string[] | null;
  /** Parameters to send; may be empty. */
  readonly parameters: readonly string[];
  readonly everyMs: number;
  readonly maxShare: number;
}

export interface WireFrame {
  readonly step: number;
  readonly inspection: WireInspection | null;
  readonly parameters: WireTensors | null;
}

/** Running totals of a training; given back when it goes on after a recovery. */
export interface TrainingTotals {
  readonly images: number;
  readonly trainingMs: number;
  readonly elapsedMs: number;
}

export interface FitArguments {
  readonly model: number;
  readonly dataset: number;
  readonly options: TrainingOptions;
  readonly validation: number | null;
  /** Also validate after every so many steps; 0: only at the ends of epochs. */
  readonly validateEvery: number;
  readonly watch: WireWatch | null;
  readonly paused: boolean;
  readonly checkpointEveryMs: number;
  readonly totals: TrainingTotals;
}

export type FitControl =
  | { readonly action: 'pause' }
  | { readonly action: 'resume' }
  | { readonly action: 'stop' }
  | { readonly action: 'configure'; readonly change: TrainingChange }
  | { readonly action: 'watch'; readonly watch: WireWatch | null };

export interface FitOutcome {
  readonly reason: 'finished' | 'stoppedEarly' | 'stopped';
  readonly step: number;
  readonly epoch: number;
}

export interface WireIm2col {
  readonly floats: Float32Array;
  readonly layout: Im2colLayout;
}

export interface WireReport {
  readonly step: number;
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  readonly firstStep: number;
  readonly losses: Float32Array;
  readonly accuracy: number;
  readonly learningRate: number;
  /** Of the last step; null where it was not asked for. */
  readonly gradientNorm: number | null;
  readonly batchSize: number;
  readonly images: number;
  readonly imagesPerSecond: number;
  readonly trainingMs: number;
  readonly elapsedMs: number;
  readonly validation: (EvaluationResult & { readonly step: number }) | null;
  readonly watch: WireFrame | null;
  readonly done: boolean;
}

/** Every method: what it takes and what it gives. */
export interface Calls {
  open: { args: OpenArguments; result: OpenResult };
  /** Answers as soon as messages are read again. */
  ping: { args: null; result: null };
  createModel: {
    args: { readonly network: NetworkSpec | ZooRequest | string; readonly seed: number };
    result: ModelInfo;
  };
  loadModel: { args: { readonly bytes: Uint8Array }; result: ModelInfo };
  importOnnx: { args: { readonly bytes: Uint8Array }; result: ModelInfo };
  plannedMemory: {
    args: { readonly model: number; readonly batchSize: number; readonly training: boolean };
    result: PlannedMemory;
  };
  summary: { args: { readonly model: number }; result: LayerSummary[] };
  datasetFromIdx: { args: { readonly images: Uint8Array; readonly labels: Uint8Array }; result: DatasetInfo };
  datasetFromCifar10: { args: { readonly records: Uint8Array }; result: DatasetInfo };
  datasetSynthetic: { args: { readonly options: SyntheticOptions }; result: DatasetInfo };
  datasetFromPixels: {
    args: {
      readonly pixels: EnginePixels;
      readonly labels: Int32Array;
      readonly shape: BatchShape;
      readonly classes: number;
    };
    result: DatasetInfo;
  };
  datasetSplit: {
    args: { readonly dataset: number; readonly validation: number; readonly seed: number };
    result: { readonly train: DatasetInfo; readonly validation: DatasetInfo };
  };
  datasetSlice: {
    args: { readonly dataset: number; readonly first: number; readonly count: number };
    result: DatasetInfo;
  };
  datasetAppend: {
    args: { readonly dataset: number; readonly pixels: EnginePixels; readonly labels: Int32Array };
    result: null;
  };
  datasetAugment: {
    args: { readonly dataset: number; readonly policy: PolicyJson; readonly options: GrowOptions };
    result: DatasetInfo;
  };
  readPolicy: { args: { readonly policy: PolicyJson }; result: PolicyInfo };
  transforms: { args: null; result: readonly TransformInfo[] };
  augment: {
    args: {
      readonly policy: PolicyJson;
      readonly pixels: EnginePixels;
      readonly shape: BatchShape;
      readonly options: AugmentOptions;
    };
    result: WireAugmented;
  };
  datasetImages: { args: { readonly dataset: number; readonly indices: Uint32Array }; result: WireImages };
  fit: { args: FitArguments; result: FitOutcome };
  /** `fit` is the id of the call that began the training. A training that is over takes no notice. */
  fitControl: { args: { readonly fit: number; readonly control: FitControl }; result: null };
  /** The batch of the last step of the model's training; null before the first. */
  trainBatch: { args: { readonly model: number }; result: WireBatch | null };
  evaluate: {
    args: { readonly model: number; readonly dataset: number; readonly options: EvaluationOptions };
    result: EvaluationResult;
  };
  configureLayers: { args: { readonly model: number; readonly change: LayerChange }; result: LayerSettings[] };
  findLearningRate: {
    args: { readonly model: number; readonly dataset: number; readonly options: LearningRateSearch };
    result: LearningRateCurve;
  };
  predict: {
    args: { readonly model: number; readonly pixels: EnginePixels; readonly count: number };
    result: { readonly probabilities: Float32Array };
  };
  predictViews: {
    args: {
      readonly model: number;
      readonly pixels: EnginePixels;
      readonly count: number;
      readonly options: PredictOptions;
    };
    result: WirePrediction;
  };
  inspect: {
    args: { readonly model: number; readonly pixels: EnginePixels; readonly layers: readonly string[] | null };
    result: WireInspection;
  };
  im2col: {
    args: { readonly model: number; readonly pixels: EnginePixels; readonly layer: string };
    result: WireIm2col;
  };
  parameters: { args: { readonly model: number; readonly names: readonly string[] | null }; result: WireTensors };
  save: { args: { readonly model: number; readonly optimizer: boolean }; result: Uint8Array };
  exportOnnx: { args: { readonly model: number }; result: Uint8Array };
  disposeModel: { args: { readonly model: number }; result: null };
  disposeDataset: { args: { readonly dataset: number }; result: null };
  /** One row. */
  benchmark: {
    args: { readonly workload: BenchmarkWorkload; readonly times: BenchmarkTimes };
    result: BenchmarkFigures;
  };
  /** `threads`: as many as the engine has. */
  benchmarkPeak: { args: { readonly threads: number; readonly times: BenchmarkTimes }; result: PeakFigures };
}

export type Method = keyof Calls;

interface CallMessageOf<M extends Method> {
  readonly kind: 'call';
  readonly id: number;
  readonly method: M;
  readonly args: Calls[M]['args'];
  /** Latest wins among calls of the same method and topic that are not served yet. */
  readonly topic: string | null;
}

export type CallMessage = { [M in Method]: CallMessageOf<M> }[Method];

/** Library → engine. */
export type ToEngine = CallMessage | { readonly kind: 'abort'; readonly id: number };

interface ResultMessageOf<M extends Method> {
  readonly kind: 'result';
  readonly id: number;
  readonly method: M;
  readonly value: Calls[M]['result'];
  readonly memory: MemoryUse;
}

export type ResultMessage = { [M in Method]: ResultMessageOf<M> }[Method];

/** The model of a training as a file from which it can go on. */
export interface CheckpointMessage {
  readonly kind: 'checkpoint';
  /** Id of the `fit` call. */
  readonly id: number;
  readonly model: number;
  readonly bytes: Uint8Array;
  readonly step: number;
  readonly totals: TrainingTotals;
}

/** Engine → library. */
export type FromEngine =
  | ResultMessage
  /** The Web Lock of `open` is held: from now on the other side can see this worker's death. */
  | { readonly kind: 'holding' }
  | { readonly kind: 'error'; readonly id: number; readonly error: WireError; readonly memory: MemoryUse }
  | { readonly kind: 'progress'; readonly id: number; readonly report: WireReport }
  | CheckpointMessage
  | { readonly kind: 'fatal'; readonly error: WireError };
