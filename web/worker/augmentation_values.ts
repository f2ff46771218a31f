/** The plain values of augmentation and of views at test time. Nothing here has behaviour. */
import type { ImageShape } from './values.js';

/** A transform or a composition: `{ type: 'Rotate', limit: 20, p: 0.5 }`, or in Albumentations' serialised form. */
export type PolicyNode = Readonly<Record<string, unknown>>;

/** What is done to images: a list of transforms, or what Albumentations' `to_dict` gives. */
export type PolicyJson = PolicyNode | readonly PolicyNode[];

/** A policy, or a handle on one. */
export type PolicySource = PolicyJson | { toJSON(): PolicyNode };

/** What was drawn for one step of one image. */
export interface DrawnStep {
  readonly transform: string;
  /** Place of the transform in its policy, counted in reading order; 0 is the outermost composition. */
  readonly node: number;
  readonly parameters: Readonly<Record<string, number | readonly number[]>>;
  /** Of a step that mixes images: what was done to the other one. */
  readonly partner?: readonly DrawnStep[];
}

/** How the label of a mixed image is shared: `weight` its own, the rest that of image `partner` of the batch. */
export interface LabelMix {
  readonly partner: number;
  readonly weight: number;
}

/** One option of a transform: all that a slider or a field needs. */
export interface TransformOption {
  readonly name: string;
  readonly kind:
    | 'boolean'
    | 'integer'
    | 'number'
    | 'choice'
    | 'range'
    | 'integerRange'
    | 'numbers'
    | 'integers'
    | 'fill'
    | 'axes'
    | 'interpolation'
    | 'border'
    | 'value';
  /** null where there is none. */
  readonly default: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  /** How many numbers. */
  readonly count?: number;
  readonly choices?: readonly string[];
  readonly required?: boolean;
  readonly nullable?: boolean;
  /** What may be given, in words. */
  readonly allowed: string;
  readonly doc: string;
}

export interface TransformInfo {
  readonly name: string;
  readonly family: string;
  readonly doc: string;
  /** Probability unless another is given. */
  readonly p: number;
  readonly channels: 'any' | 'rgb' | 'rgbOrGray' | 'several';
  readonly options: readonly TransformOption[];
}

export type ViewMerge = 'mean' | 'geometricMean' | 'max' | 'vote';

/** Views of each image whose predictions are merged: one of the sets, or draws from a policy. */
export type TestTimeViews =
  | {
      /**
       * `flips`: as it is, and mirrored. `shifts`: as it is, and moved up, down, left and right by a 16th of the side.
       * `flipsAndShifts`: those five, and their mirror images. `tenCrop`: corners and centre of a larger image in the
       * network's size, and their mirror images.
       */
      readonly set: 'flips' | 'shifts' | 'flipsAndShifts' | 'tenCrop';
      readonly merge?: ViewMerge;
    }
  | {
      readonly policy: PolicySource;
      /** Draws; 1…256; default 8. */
      readonly views?: number;
      /** Whether the image itself is one more view; default true. */
      readonly includeOriginal?: boolean;
      readonly seed?: number;
      readonly merge?: ViewMerge;
    };

/** Where a view of a set begins in its image and whether it is mirrored, or what was drawn for it. */
export type ViewInfo =
  { readonly x: number; readonly y: number; readonly mirrored: boolean } | { readonly log: readonly DrawnStep[] };

/** What the engine says of `augment`. */
export interface AugmentedLayout {
  readonly shapes: readonly ImageShape[];
  readonly logs?: readonly (readonly DrawnStep[])[];
  readonly mixes?: readonly (LabelMix | null)[];
}

export interface PolicyInfo {
  /** In Albumentations' form, with all defaults. */
  readonly policy: PolicyNode;
  readonly mixes: boolean;
  /** Whether it ends in Normalize or ToFloat. */
  readonly floats: boolean;
}

export interface AugmentOptions {
  readonly seed: number;
  readonly epoch: number;
  readonly samples?: readonly number[];
  readonly replay?: readonly (readonly DrawnStep[])[];
  readonly log: boolean;
}

export interface GrowOptions {
  readonly times: number;
  readonly seed: number;
  readonly includeOriginal: boolean;
}
