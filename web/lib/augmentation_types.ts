/** The public interfaces of augmentation, prediction and what comes out as images. */
import type { BatchShape, DrawnStep, ImageShape, LabelMix, PolicyNode, ViewInfo } from '../worker/values.js';
import type { ImageBatch, ImageDataLike } from './image_types.js';
import type { CallOptions } from './types.js';

/** What is done to images, ready to be used. It holds nothing in the engine; with `using` it reads like the others. */
export interface AugmentationPolicy extends Disposable {
  /** Whether it mixes images (MixUp, CutMix). */
  readonly mixes: boolean;
  /** Whether it ends in Normalize or ToFloat, so that floats come out. */
  readonly floats: boolean;
  /**
   * Changes bytes: a batch, or ImageData (made to `channels`, 1 or 3, default 3), in one call of the engine. What becomes
   * of an image depends on `seed`, `epoch` and its number in `samples` (default 0, 1, …) alone. One image with several
   * samples comes out once for each. `replay`: does what these logs tell instead of drawing.
   *
   * @throws `invalid_argument`, `invalid_shape`
   */
  apply(
    images: ImageBatch | ImageDataLike | readonly ImageDataLike[],
    options?: ApplyOptions,
  ): Promise<AugmentedImages>;
  /** In Albumentations' form, with all defaults. `striate.augmentation` and Albumentations read it. */
  toJSON(): PolicyNode;
  /** Idempotent. Later calls reject with code `disposed`. */
  dispose(): void;
}

export interface ApplyOptions extends CallOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default 0. */
  readonly epoch?: number;
  readonly samples?: ArrayLike<number>;
  readonly replay?: readonly (readonly DrawnStep[])[];
  readonly channels?: 1 | 3;
}

export interface AugmentedImages {
  readonly images: {
    /** One image after another, without gaps. */
    readonly data: Uint8Array | Float32Array;
    /** null when they came out in several sizes. */
    readonly shape: BatchShape | null;
    readonly shapes: readonly ImageShape[];
  };
  /** What was done to each image. */
  readonly log: readonly (readonly DrawnStep[])[];
  /** How labels are to be mixed, an entry an image; null where an image was not mixed. */
  readonly mixes?: readonly (LabelMix | null)[];
}

export interface Prediction {
  readonly probabilities: Float32Array;
  readonly shape: readonly [n: number, classes: number];
  /** With `perView`. */
  readonly views?: ViewPredictions;
}

export interface ViewPredictions {
  /** Views an image. */
  readonly count: number;
  /** [n, count, classes] */
  readonly probabilities: Float32Array;
  /** [n · count, channels, height, width]: the views of the first image, then those of the second. */
  readonly images: { readonly data: Uint8Array | Float32Array; readonly shape: BatchShape };
  /** What each of them is, in the same order. */
  readonly info: readonly ViewInfo[];
}

export interface LabelledImages {
  readonly data: Uint8Array | Float32Array;
  readonly shape: BatchShape;
  readonly labels: readonly number[];
}
