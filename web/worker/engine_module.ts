/**
 * The contract with the WebAssembly module: what `cpp/striate/bindings` exports, typed.
 *
 * Every method of a session returns a {@link Reply}; none throws. An exception out of one is a trap, after which the
 * module must not be used again. Arrays in replies are copies that the caller owns.
 */
import type { BatchShape, EvaluationResult, ImageShape, LearningRateCurve, ViewInfo } from './values.js';

export type Reply =
  | { readonly ok: true; readonly json: string; readonly floats?: Float32Array; readonly bytes?: Uint8Array }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string };

/** Pixels as the engine takes them: NCHW, row-major. */
export type EnginePixels = Uint8Array | Float32Array;

/** A dataset that was made. */
export interface DatasetInfo {
  readonly dataset: number;
  readonly count: number;
  readonly shape: ImageShape;
  readonly classes: number;
}

/** What `trainBegin` says: where the training stands (`step` > 0 when it was resumed) and what it needs. */
export interface TrainingPlan {
  readonly stepsPerEpoch: number;
  readonly plannedBytes: number;
  /** Steps already done. */
  readonly step?: number;
  /** Epoch of the next step, from 0. */
  readonly epoch?: number;
  readonly done?: boolean;
}

/** What `trainSteps` says. It stops early at the end of an epoch, so that validation sees the epoch's weights. */
export interface StepsResult {
  /** Steps done in this training, these included. */
  readonly step: number;
  /** Epoch of the last of these steps, from 0. */
  readonly epoch: number;
  /** One a step: mean over its batch, before its update. */
  readonly losses: Float32Array;
  /** Share of right answers among these steps' images. */
  readonly accuracy: number;
  /** Rate of the last of these steps. */
  readonly learningRate: number;
  /** Images in these steps. */
  readonly images: number;
  /** The last of these steps was its epoch's last. */
  readonly epochEnd: boolean;
  /** All epochs are done. */
  readonly done: boolean;
  /** Of the last of these steps, where it was asked for. */
  readonly gradientNorm?: number;
}

/** What `evaluateSteps` says; the results are there when `done`. */
export interface EvaluationProgress extends Partial<EvaluationResult> {
  readonly done: boolean;
  /** Images looked at so far. */
  readonly images: number;
  /** Of a training's validation: whether early stopping has ended it, and whether it was the best so far. */
  readonly trainingDone?: boolean;
  readonly improved?: boolean;
}

/** What `rateSteps` says; the curve is there when `done`. */
export interface RateProgress extends Partial<LearningRateCurve> {
  readonly done: boolean;
  readonly step: number;
}

/** Where a named block lies in the floats of its reply; offset and length in floats. */
export interface BlockLayout {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

export interface InspectionLayout {
  readonly layers: readonly (BlockLayout & { readonly type: string; readonly shape: ImageShape })[];
  readonly probabilities: { readonly offset: number; readonly length: number };
}

export interface ImagesLayout {
  readonly labels: readonly number[];
  readonly shape: BatchShape;
}

/** What the module says about itself. */
export interface BuildInfo {
  readonly build: string;
  readonly version: string;
  readonly arch: string;
  /** Floats a SIMD register holds. */
  readonly width: number;
}

/** Where the parts of an unrolled convolution lie in the floats. */
export interface Im2colLayout {
  readonly filters: number;
  readonly rows: number;
  readonly columns: number;
  readonly matrix: { readonly offset: number; readonly length: number };
  readonly weights: { readonly offset: number; readonly length: number };
  readonly product: { readonly offset: number; readonly length: number };
  readonly output: { readonly offset: number; readonly length: number };
}

/** What `trainBatch` says. */
export interface BatchLayout {
  readonly step: number;
  readonly epoch: number;
  readonly indices: readonly number[];
  readonly labels: readonly number[];
  readonly shape: BatchShape;
}

/** What `predictViews` says. */
export interface ViewsLayout {
  readonly views: number;
  readonly perView?: readonly ViewInfo[];
  readonly viewShape?: ImageShape;
}

/** Coarse verbs over numbered models and datasets. `…Json` arguments are JSON texts; → is the JSON of the reply. */
export interface EngineSession {
  /** A network object, the name of a zoo network as a JSON string, or a `ZooRequest` → `{model}` */
  createModel(specJson: string, seed: number): Reply;
  /** → `LayerSummary[]` */
  summary(model: number): Reply;
  /** `optionsJson`: {batchSize, training} → `PlannedMemory` */
  plannedMemory(model: number, optionsJson: string): Reply;
  /** → `NetworkSpec` */
  spec(model: number): Reply;
  /** → `DatasetInfo` */
  datasetFromIdx(images: Uint8Array, labels: Uint8Array): Reply;
  datasetFromCifar10(records: Uint8Array): Reply;
  /** `SyntheticOptions` → `DatasetInfo` */
  datasetSynthetic(optionsJson: string): Reply;
  /** `shapeJson` is [n, c, h, w] → `DatasetInfo` */
  datasetFromPixels(pixels: EnginePixels, labels: Int32Array, shapeJson: string, classes: number): Reply;
  /** `{validation, seed}` → `{train: DatasetInfo, validation: DatasetInfo}` */
  datasetSplit(dataset: number, optionsJson: string): Reply;
  /** → `DatasetInfo` of a new dataset */
  datasetSlice(dataset: number, first: number, count: number): Reply;
  datasetAppend(dataset: number, pixels: EnginePixels, labels: Int32Array): Reply;
  /** → `ImagesLayout` and bytes or floats */
  datasetImages(dataset: number, indices: Uint32Array): Reply;
  /** `GrowOptions` → `DatasetInfo` of a new dataset */
  datasetAugment(dataset: number, policyJson: string, optionsJson: string): Reply;
  /** → `PolicyInfo` */
  readPolicy(policyJson: string): Reply;
  /** → `TransformInfo[]` */
  transforms(): Reply;
  /** `AugmentOptions` and shape [n, c, h, w] → `AugmentedLayout`, and bytes or floats */
  augment(policyJson: string, pixels: EnginePixels, optionsJson: string): Reply;
  /** `TrainingOptions` → `TrainingPlan` */
  trainBegin(model: number, dataset: number, optionsJson: string): Reply;
  /** `TrainingChange`, in effect from the next step on → `TrainingPlan` */
  trainConfigure(model: number, optionsJson: string): Reply;
  /** → `StepsResult` without its losses, and these as floats */
  trainSteps(model: number, steps: number): Reply;
  /** → null or `BatchLayout`, and bytes or floats */
  trainBatch(model: number): Reply;
  trainEnd(model: number): Reply;
  /** `LayerChange` → `LayerSettings[]` */
  configureLayers(model: number, changeJson: string): Reply;
  /** `LearningRateSearch` → `{steps}` */
  rateBegin(model: number, dataset: number, optionsJson: string): Reply;
  /** → `RateProgress` */
  rateSteps(model: number, steps: number): Reply;
  rateEnd(model: number): Reply;
  /** `EvaluationOptions`; `training: true` makes it the validation of the training under way. */
  evaluateBegin(model: number, dataset: number, optionsJson: string): Reply;
  /** At least `images` further images → `EvaluationProgress` */
  evaluateSteps(model: number, images: number): Reply;
  /** → floats [count, classes] */
  predict(model: number, pixels: EnginePixels, count: number): Reply;
  /** {tta, perView, shape?} → `ViewsLayout` and floats, and bytes: see `WirePrediction` */
  predictViews(model: number, pixels: EnginePixels, count: number, optionsJson: string): Reply;
  /** `null` or layer names → `InspectionLayout` and floats */
  inspect(model: number, pixels: EnginePixels, layersJson: string): Reply;
  /** `layerJson`: a name → `Im2colLayout` and floats */
  im2col(model: number, pixels: EnginePixels, layerJson: string): Reply;
  /** `null` or names → `BlockLayout[]` and floats */
  parameters(model: number, namesJson: string): Reply;
  /** `{optimizer}` → bytes (safetensors) */
  save(model: number, optionsJson: string): Reply;
  /** → `{model}` */
  load(bytes: Uint8Array): Reply;
  /** → bytes (an ONNX model) */
  exportOnnx(model: number): Reply;
  /** → `{model}` */
  importOnnx(bytes: Uint8Array): Reply;
  disposeModel(model: number): Reply;
  disposeDataset(dataset: number): Reply;
  /** Frees the session (Embind). */
  delete(): void;
}

export interface EngineModule {
  readonly Session: new () => EngineSession;
  /** → `BuildInfo` */
  buildInfo(): string;
  /** → `ZooNetwork[]` */
  zoo(): string;
  /** What the wasm module exports: the second module imports from it. */
  readonly wasmExports: WebAssembly.ModuleImports;
  /** Threads from now on, of those that have come (web/engine/open.mjs); as many as there are. */
  _striate_threads_use(threads: number): number;
  /** Bytes of WebAssembly memory in use. */
  memoryBytes(): number;
  /** Runs that many rounds of the multiply-add loop that measures the peak; gives the floating-point operations done. */
  peak(iterations: number): number;
}

/** The part of Emscripten's module options that is used. */
export interface EngineModuleOptions {
  readonly wasmMemory?: WebAssembly.Memory;
  readonly instantiateWasm?: (
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ) => void;
}

/** The glue code's default export. It is given memory and instance: web/engine/open.mjs. */
export type CreateEngine = (options?: EngineModuleOptions) => Promise<EngineModule>;
