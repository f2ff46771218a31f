/**
 * The public interfaces of the library: what `loadStriate` gives and what hangs from it.
 *
 * Everything is asynchronous and the same in a browser (engine in a worker) and in Node (engine on the calling
 * thread, in slices). Arrays that come out are your own copies. Calls reject with `StriateError` and nothing else;
 * each takes an AbortSignal and ends when the engine is closed.
 */
import type { Build } from '../worker/builds.js';
import type {
  BenchmarkRow,
  BenchmarkWorkload,
  EngineInfo,
  EvaluationOptions,
  EvaluationResult,
  FreezeOptions,
  Im2col,
  ImageShape,
  InputSpec,
  InspectionResult,
  LayerSettings,
  LayerSummary,
  LearningRateCurve,
  LearningRateSearch,
  NamedTensor,
  NetworkSpec,
  PlannedMemory,
  PolicyJson,
  PolicySource,
  SyntheticOptions,
  TestTimeViews,
  TransformInfo,
  ZooNetwork,
} from '../worker/values.js';
import type { AugmentationPolicy, LabelledImages, Prediction } from './augmentation_types.js';
import type { ImageBatch, ImageDataLike, Pixels } from './image_types.js';
import type { FitOptions, TrainingRun } from './training_types.js';

export type * from './augmentation_types.js';
export type * from './image_types.js';
export type * from './training_types.js';

/**
 * Images in any of the forms the library takes.
 *
 * - an {@link ImageBatch};
 * - bare pixels, whose length must be a whole number of images of the shape wanted;
 * - `ImageData`, one or several, of exactly the width and height wanted. Alpha is not read. For one channel the grey
 *   value is ITU-R 601 luma (as Pillow's `L`), for three channels R, G and B.
 */
export type Images = ImageBatch | Pixels | ImageDataLike | readonly ImageDataLike[];

/** Bytes, or a function that gives them (called again after a worker died; then the library keeps no copy). */
export type Source<T> = T | (() => T | Promise<T>);

/**
 * Which module of the engine. `simd`, and `auto` with it: the same seed gives the same bits on every machine.
 * `relaxed-simd`: lets the machine multiply and add in one instruction, faster where it has one, with last bits that
 * depend on it. Where the machine has no relaxed SIMD, or it computes wrong, `simd` takes its place; `striate.info.build`
 * says which it was.
 */
export type EngineBuild = 'auto' | Build;

/** `idle → recovering → ready`, or `lost` when recovery failed, `closed` at the end. */
export type StriateStatus = 'ready' | 'recovering' | 'lost' | 'closed';

export interface CallOptions {
  /** Ends the call: it rejects with code `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

export interface TopicOptions extends CallOptions {
  /**
   * Latest wins: a request that is not served yet is given up (code `superseded`) when a newer one of the same topic
   * and method comes. For drawing pads and sliders: as long as such requests come, trainings and evaluations make way
   * for them, down to a slice every 48 ms. Without a topic every request is served.
   */
  readonly topic?: string | undefined;
}

export interface LoadOptions {
  /** Default `auto`. */
  readonly build?: EngineBuild;
  /**
   * On how many threads the engine computes, its own among them: 1 … 64, or `auto` (default): of two processors both, of
   * more half of them, 8 at most. The results are the same, bit for bit, on any number.
   *
   * Threads need memory that they can share: a browser allows it on a page that is cross-origin isolated (headers
   * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`); Node always does. Where
   * that is missing, or threads do not start, the engine has fewer or one; `striate.info` says how many and why.
   */
  readonly threads?: 'auto' | number;
  /**
   * Where `striate.wasm` is, when your bundler does not place it beside the glue code. The package's other modules are
   * looked for in the same folder: `striate.threads.wasm` in its stead where there are threads, and `striate.more.wasm`,
   * which holds ONNX and augmentation, when a call first needs it.
   */
  readonly wasmUrl?: string | URL;
  /**
   * Makes the worker, for Trusted Types, unusual bundlers and tests; it must run `striate/worker` as a module. Called
   * again after a worker died.
   */
  readonly workerFactory?: () => Worker;
  /** Run the engine on the calling thread, in slices. Default: only where there is no `Worker` (Node). */
  readonly inProcess?: boolean;
  /** Start a new worker by itself when one dies, and let trainings go on; default true. */
  readonly autoRecover?: boolean;
  /** Milliseconds between checkpoints of a model in training, at least; default 1000; ≥ 0. */
  readonly checkpointEveryMs?: number;
  /** Ends the loading. Later calls have their own signals. */
  readonly signal?: AbortSignal;
}

export interface CreateModelOptions extends CallOptions {
  /** Of the initial weights: an integer 0…2³²−1, default 0. */
  readonly seed?: number;
  /** Only with a name of the zoo: 1…65,535; default the network's usual number. */
  readonly classes?: number;
  /** Only with a name of the zoo: default the network's usual input. Without `normalize`, the network's own is kept. */
  readonly input?: InputSpec;
}

export interface BenchmarkOptions extends CallOptions {
  /** Default: LeNet trained in batches of 32 and asked 1 and 100 images at once, cifar-small and resnet20 trained in 32. */
  readonly workloads?: readonly BenchmarkWorkload[];
  /** Of each row, whose figures are their median, least and most; default 7; 1…100. */
  readonly repetitions?: number;
  /** Milliseconds of each, at least; warm-up and peak follow in proportion; default 350; 1…60,000. */
  readonly repetitionMs?: number;
  /** Called before each row with what is known so far, and at the end. */
  readonly onProgress?: (progress: BenchmarkProgress) => void;
}

export interface BenchmarkProgress {
  readonly result: BenchmarkResult;
  /** null at the end. */
  readonly measuring: BenchmarkWorkload | null;
  /** Of the rows that are done; 0…1. */
  readonly share: number;
}

/** Plain data, for JSON. */
export interface BenchmarkResult {
  readonly build: string;
  readonly threads: number;
  readonly runtime: string;
  /** Multiply-and-add in registers, GFLOP/s. */
  readonly peak_gflops: { readonly one_thread: number; readonly all_threads: number };
  readonly rows: readonly BenchmarkRow[];
}

/** The engine. `await using striate = await loadStriate()` closes it. */
export interface Striate extends AsyncDisposable, Disposable {
  /** What was loaded. `memory` is of the latest answer of the engine. */
  readonly info: EngineInfo;
  /** Names that `createModel` takes. */
  readonly zoo: readonly string[];
  /** The same networks with what they are, their usual number of classes and their usual input. */
  readonly networks: readonly ZooNetwork[];
  readonly status: StriateStatus;
  readonly datasets: Datasets;

  /**
   * Makes a network with initial weights (He, unless its layers say otherwise) from `seed`: an integer 0…2³²−1,
   * default 0. A network of the zoo can have another number of `classes` and another `input`.
   *
   * ```ts
   * const model = await striate.createModel('resnet8', { classes: 3, input: { channels: 1, height: 28, width: 28 } });
   * ```
   *
   * @throws `invalid_argument`, `invalid_shape`, `unknown_layer`, `not_found`: the message names layer, shapes, formula.
   */
  createModel(network: NetworkSpec | string, options?: CreateModelOptions): Promise<Model>;
  /** Makes the model that `model.save()` wrote. @throws `invalid_file` */
  loadModel(bytes: Uint8Array, options?: CallOptions): Promise<Model>;
  /**
   * Makes a model of an ONNX file, weights included: one float input [N, C, H, W] (or shorter), one output, operators
   * that layers here can do. Sub and Div right behind the input become the input's normalization.
   *
   * @throws `unknown_layer` for an operator that no layer can do, `invalid_argument` and `invalid_shape` for one with
   * options or inputs that none can take, each naming node and operator; `invalid_file` for a damaged file.
   */
  importOnnx(bytes: Uint8Array, options?: CallOptions): Promise<Model>;

  /**
   * Reads a policy: a list of transforms, what Albumentations' `to_dict` gives, or either as JSON text.
   *
   * ```ts
   * using policy = await striate.augmentation([{ type: 'HorizontalFlip' }, { type: 'Rotate', limit: 20 }]);
   * const { images, log } = await policy.apply(batch, { seed: 1 });
   * ```
   *
   * @throws `invalid_argument` naming the transform, the option and what is allowed; `invalid_json`
   */
  augmentation(policy: PolicyJson | string, options?: CallOptions): Promise<AugmentationPolicy>;
  /** All transforms that a policy may hold, with their options, ranges and defaults. */
  transforms(options?: CallOptions): Promise<readonly TransformInfo[]>;

  /**
   * Measures this machine: its peak, and how fast the engine trains and predicts, row by row. Some 20 seconds; other calls
   * are answered in between, and slow it down.
   *
   * @throws `invalid_argument`, `out_of_memory`
   */
  benchmark(options?: BenchmarkOptions): Promise<BenchmarkResult>;
  /** Calls back at each change of `status`; returns the function that stops that. */
  onStatus(listener: (status: StriateStatus) => void): () => void;
  /**
   * Starts a new worker in place of a dead one, puts datasets and models back (from the latest checkpoints), and lets
   * trainings go on. Happens by itself unless `autoRecover: false`. Resolves when `status` is `ready`.
   */
  recover(): Promise<void>;
  /** Ends the worker and gives its memory back; idempotent. Calls under way reject with code `closed`. */
  close(): Promise<void>;
}

export interface Datasets {
  /**
   * From the two IDX files of MNIST and its relatives, gzipped or not: unsigned bytes, images [n, height, width] and
   * labels [n].
   *
   * @throws `invalid_file` with what is wrong at which byte.
   */
  fromIdx(images: Source<Uint8Array>, labels: Source<Uint8Array>, options?: CallOptions): Promise<Dataset>;
  /**
   * From the binary version of CIFAR-10: one file, such as `data_batch_1.bin`, or several, gzipped or not, or the official
   * archive `cifar-10-binary.tar.gz`, which gives its 50,000 training images and then its 10,000 test images. A file is a
   * row of records, each one label byte and 3 × 32 × 32 pixel bytes. Gives images [n, 3, 32, 32] of ten classes.
   *
   * @throws `invalid_file` with what is wrong at which image.
   */
  fromCifar10(files: Source<Uint8Array | readonly Uint8Array[]>, options?: CallOptions): Promise<Dataset>;
  /**
   * Images made from a seed: [count, 3, size, size], five forms, each in a warm and a cold colour. Ten classes: warm disc, cold
   * disc, warm square, cold square, then triangles, stripes and checks. Image i depends on (seed, i) alone, and its class is
   * i mod 10. `count` 1 … 10⁶; `seed` default 0; `size` 8 … 128, default 32.
   *
   * @throws `invalid_argument`, `out_of_memory`
   */
  synthetic(options: SyntheticOptions & CallOptions): Promise<Dataset>;
  /**
   * From pixels in NCHW. Labels are integers 0 … classes−1, one an image; `classes` defaults to the largest label + 1.
   *
   * @throws `invalid_argument`, `invalid_shape`, `not_finite`
   */
  fromPixels(
    images: Source<ImageBatch>,
    labels: Source<ArrayLike<number>>,
    options?: { readonly classes?: number } & CallOptions,
  ): Promise<Dataset>;
  /** The same, from `ImageData`: all of one size, made to `channels` (1 or 3; default 3). */
  fromImages(
    images: readonly ImageDataLike[],
    labels: ArrayLike<number>,
    options?: { readonly classes?: number; readonly channels?: 1 | 3 } & CallOptions,
  ): Promise<Dataset>;
}

export interface Dataset extends Disposable {
  /** How many images. Grows with `append`. */
  readonly count: number;
  /** [C, H, W] of each image. */
  readonly shape: ImageShape;
  readonly classes: number;
  /** Two new datasets, stratified by label: a share `validation` (0…1, exclusive) and the rest. */
  split(
    options: { readonly validation: number; readonly seed?: number } & CallOptions,
  ): Promise<{ train: Dataset; validation: Dataset }>;
  /** A new dataset of the images first … first+count−1. */
  slice(first: number, count: number, options?: CallOptions): Promise<Dataset>;
  /**
   * A new dataset of the images as they are and, `times` times over (default 1), as the policy changes them: those that a
   * training with this seed (default 0) would see in its first epochs.
   *
   * @throws as `striate.augmentation`; `invalid_shape` when sizes differ and `includeOriginal` is not false
   */
  augment(
    policy: PolicySource,
    options?: { readonly times?: number; readonly seed?: number; readonly includeOriginal?: boolean } & CallOptions,
  ): Promise<Dataset>;
  /** Adds images; a training under way sees them from its next epoch on. */
  append(images: Images, labels: ArrayLike<number>, options?: CallOptions): Promise<void>;
  /** Copies of some images, in the order asked for. */
  images(indices: ArrayLike<number>, options?: CallOptions): Promise<LabelledImages>;
  /** Gives the memory back; idempotent. Later calls reject with code `disposed`. */
  dispose(): void;
}

export interface Model extends Disposable {
  /** The network, with all names and defaults filled in. */
  readonly network: NetworkSpec;
  readonly inputShape: ImageShape;
  readonly classes: number;
  /** One row a layer. */
  summary(options?: CallOptions): Promise<LayerSummary[]>;
  /**
   * Bytes that prediction (default) or training with `batchSize` images at once (default 1) will take. Nothing is
   * allocated for the answer.
   *
   * @throws `out_of_memory` with the numbers, when such a plan would be refused
   */
  plannedMemory(
    options?: { readonly batchSize?: number; readonly training?: boolean } & CallOptions,
  ): Promise<PlannedMemory>;
  /**
   * Trains. One training a model at a time (code `busy`); `predict`, `inspect`, `evaluate` and `save` are answered
   * between its slices. However it ends, the model then has the weights of the best validation
   * (`earlyStopping.restoreBest`), else the averaged ones (`averageWeights`), else those of the last good step; `resume`
   * goes on with those of the last step all the same. While an average is kept, it is what `predict`, `inspect`,
   * `evaluate`, `parameters` and the watch of a training see.
   */
  fit(train: Dataset, options: FitOptions): TrainingRun;
  /** Loss, accuracy and further measures; a training of the same model waits for it. @throws `invalid_shape` */
  evaluate(dataset: Dataset, options?: EvaluationOptions & CallOptions): Promise<EvaluationResult>;
  /**
   * Tries learning rates from small to large, one batch each, and tells the losses and a rate to train with. Works on a
   * copy of the weights: the model stays as it is, and may even train meanwhile.
   *
   * @throws `invalid_argument`, `invalid_shape`, `busy`
   */
  findLearningRate(train: Dataset, options?: LearningRateSearch & CallOptions): Promise<LearningRateCurve>;
  /**
   * Takes layers out of training, until `unfreeze`: `{ until: 'conv2' }` (it and all before it; the rest is unfrozen) or
   * `{ layers: ['conv1'] }` (besides those frozen already). Layers before the first that trains cost no gradient work.
   * Saved with the model. Gives the settings of all layers with weights.
   *
   * @throws `invalid_state` while the model trains, `unknown_layer`
   */
  freeze(options: FreezeOptions & CallOptions): Promise<LayerSettings[]>;
  /** Lets these layers, or all, train again. @throws as `freeze` */
  unfreeze(options?: { readonly layers?: readonly string[] } & CallOptions): Promise<LayerSettings[]>;
  /** Factors on the learning rate, by layer: `{ conv1: 0.1, fc: 1 }`; ≥ 0. Saved with the model. @throws as `freeze` */
  setLearningRates(factors: Readonly<Record<string, number>>, options?: CallOptions): Promise<LayerSettings[]>;
  /** Which layers train, and how fast. */
  layerSettings(options?: CallOptions): Promise<LayerSettings[]>;
  /**
   * Class probabilities, [n, classes] row-major. `tta`: each image is shown in several views, whose predictions are merged;
   * with `perView` they come along. A batch for `tenCrop` has images larger than the network's input.
   *
   * @throws `invalid_shape`, `not_finite`, `invalid_argument`
   */
  predict(
    images: Images,
    options?: { readonly tta?: TestTimeViews; readonly perView?: boolean } & TopicOptions,
  ): Promise<Prediction>;
  /** Activations of one image. @throws `unknown_layer`, `invalid_shape`, `not_finite` */
  inspect(image: Images, options?: { readonly layers?: readonly string[] } & TopicOptions): Promise<InspectionResult>;
  /**
   * The convolution `layer` of one image as the lecture tells it: windows unrolled into a matrix (im2col), and the
   * matrix product beside what the layer itself gives.
   *
   * @throws `unknown_layer`; `invalid_argument` for a layer that is no conv2d; `out_of_memory` for a matrix of more than
   * 2²⁶ numbers
   */
  im2col(image: Images, options: { readonly layer: string } & TopicOptions): Promise<Im2col>;
  /** Weights and biases; all, or those named (e.g. `conv1.weight`, OIHW). */
  parameters(names?: readonly string[], options?: TopicOptions): Promise<NamedTensor[]>;
  /** A safetensors file with the network in its metadata; with `optimizer: true` training can go on from it. */
  save(options?: { readonly optimizer?: boolean } & CallOptions): Promise<Uint8Array>;
  /**
   * An ONNX file (opset 17). Its input `input` is float32 [N, C, H, W], pixels in 0…1 as `predict` takes them; the
   * normalization is part of the graph. Its output is what the last layer gives: the softmax of it over the channels is
   * what `predict` returns.
   */
  exportOnnx(options?: CallOptions): Promise<Uint8Array>;
  /** Gives the memory back and stops its training; idempotent. Later calls reject with code `disposed`. */
  dispose(): void;
}
