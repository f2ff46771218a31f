/**
 * The contract with the WebAssembly module: what `cpp/striate/bindings` exports, typed.
 *
 * Every method of a session returns a {@link Reply}; none throws. An exception out of one is a trap, after which the
 * module must not be used again. Arrays in replies are copies that the caller owns.
 */

export type Reply =
  | { readonly ok: true; readonly json: string; readonly floats?: Float32Array; readonly bytes?: Uint8Array }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string };

/** Pixels as the engine takes them: NCHW, row-major. */
export type EnginePixels = Uint8Array | Float32Array;

/** Coarse verbs over numbered models and datasets. `…Json` arguments are JSON texts. */
export interface EngineSession {
  /** A network object, or the name of a zoo network as a JSON string → `{model}`. */
  createModel(specJson: string, seed: number): Reply;
  /** → `LayerSummary[]` */
  summary(model: number): Reply;
  /** → `NetworkSpec` */
  spec(model: number): Reply;
  /** → `DatasetInfo` */
  datasetFromIdx(images: Uint8Array, labels: Uint8Array): Reply;
  /** `shapeJson` is [n, c, h, w] → `DatasetInfo` */
  datasetFromPixels(pixels: EnginePixels, labels: Int32Array, shapeJson: string, classes: number): Reply;
  /** `{validation, seed}` → `{train: DatasetInfo, validation: DatasetInfo}` */
  datasetSplit(dataset: number, optionsJson: string): Reply;
  /** → `DatasetInfo` of a new dataset */
  datasetSlice(dataset: number, first: number, count: number): Reply;
  datasetAppend(dataset: number, pixels: EnginePixels, labels: Int32Array): Reply;
  /** → `{labels, shape}` and bytes or floats, NCHW */
  datasetImages(dataset: number, indices: Uint32Array): Reply;
  /** `TrainingOptions` → `{stepsPerEpoch, plannedBytes}` */
  trainBegin(model: number, dataset: number, optionsJson: string): Reply;
  /** `TrainingChange` */
  trainConfigure(model: number, optionsJson: string): Reply;
  /** Up to `steps` steps; fewer at the end of an epoch or training → `StepsResult` */
  trainSteps(model: number, steps: number): Reply;
  trainEnd(model: number): Reply;
  evaluateBegin(model: number, dataset: number): Reply;
  /** Up to `images` more images → `{done, images}` and, when done, the rest of `EvaluationResult` */
  evaluateSteps(model: number, images: number): Reply;
  /** → floats [count, classes] */
  predict(model: number, pixels: EnginePixels, count: number): Reply;
  /** `null` or layer names → `{layers: [{name, type, shape, offset, length}], probabilities: {offset, length}}`, floats */
  inspect(model: number, pixels: EnginePixels, layersJson: string): Reply;
  /** `null` or names → `[{name, shape, offset, length}]`, floats */
  parameters(model: number, namesJson: string): Reply;
  /** `{optimizer}` → bytes (safetensors) */
  save(model: number, optionsJson: string): Reply;
  /** → `{model}` */
  load(bytes: Uint8Array): Reply;
  disposeModel(model: number): Reply;
  disposeDataset(dataset: number): Reply;
  /** Frees the session (Embind). */
  delete(): void;
}

export interface EngineModule {
  readonly Session: new () => EngineSession;
  /** `{build, version, arch, width}` */
  buildInfo(): string;
  /** Bytes of WebAssembly memory in use. */
  memoryBytes(): number;
  /** Runs that many rounds of the multiply-add loop that measures the peak; gives the floating-point operations done. */
  peak(iterations: number): number;
}

/** The part of Emscripten's module options that is used. */
export interface EngineModuleOptions {
  /** Where a file of the engine is. */
  locateFile?(path: string, directory: string): string;
  print?(text: string): void;
  printErr?(text: string): void;
}

/** The glue code's default export. */
export type CreateEngine = (options?: EngineModuleOptions) => Promise<EngineModule>;
