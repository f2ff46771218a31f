/**
 * The plain values that the library, the protocol and the engine talk about: networks, options, results.
 *
 * Nothing here has behaviour. Shapes are [channels, height, width] (C, H, W) for one image or activation and
 * [n, C, H, W] for a batch; memory order is row-major NCHW. Weights of a convolution are OIHW.
 */

import type { LayerSpec } from './layer_specs.js';
import type { TrainingOptions } from './training_values.js';

export type * from './layer_specs.js';

/** [channels, height, width] of one image or activation. A flat vector of F features is [F, 1, 1]. */
export type ImageShape = readonly [channels: number, height: number, width: number];
/** [n, channels, height, width] of a batch of images. */
export type BatchShape = readonly [n: number, channels: number, height: number, width: number];
/** What a network takes in. */
export interface InputSpec {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /**
   * Byte pixels are divided by 255, float pixels are taken as they are (0…1); then each channel c becomes
   * (x − mean[c]) / std[c]. One number a channel; default mean 0, std 1. Training and prediction use the same.
   */
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

/**
 * A network as data: layers in order, each taking the one before it unless `inputs` names others. The last layer's
 * outputs are the logits, one a class; softmax and cross-entropy are added by training and prediction.
 */
export interface NetworkSpec {
  /** Default: none. */
  readonly name?: string;
  readonly input: InputSpec;
  readonly layers: readonly LayerSpec[];
}

/** Images to be made from a seed; see `datasets.synthetic`. */
export interface SyntheticOptions {
  /** 1 … 10⁶ */
  readonly count: number;
  /** Default 0. */
  readonly seed?: number;
  /** Height and width, 8 … 128; default 32. */
  readonly size?: number;
}

/** A network of the zoo, as `createModel` takes it by its name. */
export interface ZooNetwork {
  readonly name: string;
  readonly description: string;
  /** Of the network as it usually is; `createModel(name, { classes })` makes another. */
  readonly classes: number;
  /** [C, H, W], likewise. */
  readonly inputShape: ImageShape;
  /** Options for `fit` that suit it, where somebody has tried: `model.fit(train, network.recipe)`. */
  readonly recipe?: TrainingOptions;
}

/** A network of the zoo with another number of classes or another input. */
export interface ZooRequest {
  readonly zoo: string;
  readonly classes?: number;
  readonly input?: InputSpec;
}

/** Bytes that a plan takes, and how it works: known before anything is allocated. */
export interface PlannedMemory {
  /** Activations, gradients of activations, scratch; with channels as lanes the weights in another order, too. */
  readonly plan: number;
  /** Weights; for training their gradients and the copy before a step too. The optimizer's state comes on top. */
  readonly weights: number;
  readonly total: number;
  /** What the lanes of a vector are: images, or, with batches too small for that, channels. */
  readonly lanes: 'images' | 'channels';
}

/** One row of `model.summary()`. */
export interface LayerSummary {
  readonly name: string;
  readonly type: string;
  readonly outputShape: ImageShape;
  /** Trainable numbers in the layer. */
  readonly parameters: number;
  /** Multiply-and-adds for one image. */
  readonly macs: number;
  /** How a convolution is worked out, chosen from its shapes; absent where there is no choice. */
  readonly algorithm?: 'direct' | 'winograd2' | 'winograd4';
  /** In input pixels: extent of one unit's field, distance between neighbours, centre of the first unit. */
  readonly receptiveField: {
    readonly size: readonly [height: number, width: number];
    readonly stride: readonly [height: number, width: number];
    readonly start: readonly [height: number, width: number];
  };
}

export type * from './augmentation_values.js';
export type * from './training_values.js';

/** A named block of numbers. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major, your own copy. */
  readonly data: Float32Array;
}

/** What one layer gave out for one image. */
export interface Activation extends NamedTensor {
  readonly type: string;
  readonly shape: ImageShape;
}

export interface InspectionResult {
  /** One entry a layer asked for, in network order. */
  readonly layers: readonly Activation[];
  /** One number a class; they add up to 1. */
  readonly probabilities: Float32Array;
}

/** A convolution unrolled: each window of the image a column, each filter a row, and their product. Row-major. */
export interface Im2col {
  /** Co. */
  readonly filters: number;
  /** C·Kh·Kw: map, then row, then column of the window. */
  readonly rows: number;
  /** Oh·Ow: the output's pixels. */
  readonly columns: number;
  /** [rows, columns]: what each place of each window sees. */
  readonly matrix: Float32Array;
  /** [filters, rows]; zeros where groups or a connection table leave maps out. */
  readonly weights: Float32Array;
  /** [filters, columns]: weights · matrix + bias. */
  readonly product: Float32Array;
  /** [filters, columns]: the same from the layer itself, which never writes the matrix down. */
  readonly output: Float32Array;
}

/** The live view that comes with training reports. */
export interface WatchFrame {
  /** Training step after which it was taken. */
  readonly step: number;
  /** Present when an image is watched. */
  readonly inspection?: InspectionResult;
  /** Present when parameters are watched. */
  readonly parameters?: readonly NamedTensor[];
}

/** Bytes of WebAssembly memory. */
export interface MemoryUse {
  /** Handed out by the engine's heap and not given back. */
  readonly used: number;
  /** The whole memory, which never shrinks: the engine's constants, its stack, and the heap at its largest. */
  readonly size: number;
}

/**
 * Why an engine has fewer threads or another build than was asked for.
 *
 * - `not_isolated`: the page lacks the headers by which a browser lets memory be shared;
 * - `no_shared_memory`, `cannot_wait`: the place where the engine runs lacks what threads need;
 * - `threads_failed`: threads did not start, or computed wrong; the message has the reason;
 * - `no_relaxed_simd`: the machine has none;
 * - `build_failed`: a module could not be loaded or computed wrong, and another took its place.
 */
export type LoadNoteCode =
  'not_isolated' | 'no_shared_memory' | 'cannot_wait' | 'threads_failed' | 'no_relaxed_simd' | 'build_failed';

export interface LoadNote {
  readonly code: LoadNoteCode;
  readonly message: string;
}

/** What is said about the engine that was loaded. */
export interface EngineInfo {
  /** Which binary: `simd` is the baseline with the same-seed-same-bits promise. */
  readonly build: string;
  readonly version: string;
  /** Threads that it computes on, its own among them. */
  readonly threads: number;
  /** Why not more threads, or not the build that was asked for; empty when all is as asked. */
  readonly notes: readonly LoadNote[];
  /** `limit`: the most that the memory may grow to. */
  readonly memory: MemoryUse & { readonly limit: number };
}

/** A network of the bench, as `npm run bench` names it: `lenet`, `cifar-small`, `resnet20`, `resnet18`. */
export interface BenchmarkWorkload {
  readonly workload: string;
  /** `train`: forward, backward and a step of SGD with momentum; `infer`: predictions. */
  readonly mode: 'train' | 'infer';
  readonly batch: number;
}

export interface BenchmarkTimes {
  readonly warmUpMs: number;
  /** At least so long for each repetition. */
  readonly repetitionMs: number;
  readonly repetitions: number;
  /** One measurement of the peak. */
  readonly peakMs: number;
}

/** One row, in the form that `npm run bench` prints and compares. */
export interface BenchmarkRow extends BenchmarkWorkload {
  readonly threads: number;
  /** Where it ran: `node`, `chromium`, `firefox`, `safari`, or `browser` for another one. */
  readonly runtime: string;
  readonly build: string;
  readonly images_per_s_median: number;
  readonly images_per_s_min: number;
  readonly images_per_s_max: number;
  /** Floating-point operations of the mathematics, 10⁹ a second. */
  readonly gflops: number;
  /** `gflops` over `peak_gflops`. Winograd's convolutions do with fewer operations, so it may pass 1. */
  readonly share_of_peak: number;
  /** Multiply-and-add in registers on as many threads, measured beside this row. */
  readonly peak_gflops: number;
}
