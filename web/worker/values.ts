/**
 * The plain values that the library, the protocol and the engine talk about: networks, options, results.
 *
 * Nothing here has behaviour. Shapes are [channels, height, width] (C, H, W) for one image or activation and
 * [n, C, H, W] for a batch; memory order is row-major NCHW. Weights of a convolution are OIHW.
 */

/** [channels, height, width] of one image or activation. A flat vector of F features is [F, 1, 1]. */
export type ImageShape = readonly [channels: number, height: number, width: number];
/** [n, channels, height, width] of a batch of images. */
export type BatchShape = readonly [n: number, channels: number, height: number, width: number];
/** One number for both directions, or [vertical, horizontal]. */
export type Extent = number | readonly [height: number, width: number];
/** One number for all sides, [vertical, horizontal], or [top, bottom, left, right]. */
export type Padding = Extent | readonly [top: number, bottom: number, left: number, right: number];

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

interface LayerCommon {
  /** Unique in the network; default: conv1, relu1, pool1, flatten1, fc1, … in order of appearance. */
  readonly name?: string;
  /** Names of the layers whose outputs this one takes; default: the layer before it. */
  readonly inputs?: readonly string[];
}

/** Convolution. Output size: O = ⌊(I − K + P) / S⌋ + 1 in each direction, P the padding of both sides together. */
export interface Conv2dSpec extends LayerCommon {
  readonly type: 'conv2d';
  readonly outChannels: number;
  readonly kernelSize: Extent;
  /** Default 1. */
  readonly stride?: Extent;
  /** Default 0. */
  readonly padding?: Padding;
  /** The number that stands in the padding; default 0. */
  readonly paddingValue?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/** max(0, x). */
export interface ReluSpec extends LayerCommon {
  readonly type: 'relu';
}

/** Largest value of each window. */
export interface MaxPool2dSpec extends LayerCommon {
  readonly type: 'maxPool2d';
  readonly kernelSize: Extent;
  /** Default: `kernelSize`. */
  readonly stride?: Extent;
  /** Default 0. */
  readonly padding?: Padding;
}

/** [C, H, W] → [C·H·W, 1, 1]. */
export interface FlattenSpec extends LayerCommon {
  readonly type: 'flatten';
}

/** y = W x + b over a flat vector. */
export interface LinearSpec extends LayerCommon {
  readonly type: 'linear';
  readonly outFeatures: number;
  /** Default true. */
  readonly bias?: boolean;
}

export type LayerSpec = Conv2dSpec | ReluSpec | MaxPool2dSpec | FlattenSpec | LinearSpec;

/**
 * A network as data: layers in order, each taking the one before it unless `inputs` names others. The last layer's
 * outputs are the logits, one a class; softmax and cross-entropy are added by training and prediction.
 */
export interface NetworkSpec {
  readonly input: InputSpec;
  readonly layers: readonly LayerSpec[];
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
  /** In input pixels: extent of one unit's field, distance between neighbours, centre of the first unit. */
  readonly receptiveField: {
    readonly size: readonly [height: number, width: number];
    readonly stride: readonly [height: number, width: number];
    readonly start: readonly [height: number, width: number];
  };
}

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

/** The live view that comes with training reports. */
export interface WatchFrame {
  /** Training step after which it was taken. */
  readonly step: number;
  /** Present when an image is watched. */
  readonly inspection?: InspectionResult;
  /** Present when parameters are watched. */
  readonly parameters?: readonly NamedTensor[];
}

/** What is said about the engine that was loaded. */
export interface EngineInfo {
  /** Which binary: `simd` is the baseline with the same-seed-same-bits promise. */
  readonly build: string;
  readonly version: string;
  readonly threads: number;
  /** Bytes of WebAssembly memory: in use by the engine's heap, and the most it may grow to. */
  readonly memory: { readonly used: number; readonly limit: number };
}
