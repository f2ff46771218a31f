/**
 * The layers of a network as data: what each is called and which options it takes. Names and defaults are PyTorch's where
 * PyTorch has the layer. Shapes are [C, H, W] of one image. The engine checks every value; these types are for editors.
 */

/** One number for both directions, or [vertical, horizontal]. */
export type Extent = number | readonly [height: number, width: number];
/** One number for all sides, [vertical, horizontal], or [top, bottom, left, right]. */
export type Padding = Extent | readonly [top: number, bottom: number, left: number, right: number];
/** `constant`: the number given beside it; `reflect`: the image mirrored at its edge; `replicate`: its edge repeated. */
export type PaddingMode = 'constant' | 'reflect' | 'replicate';
/** How weights start; `fan` is what flows into a unit. Default `heNormal`. */
export type Init =
  'zeros' | 'ones' | 'constant' | 'heNormal' | 'lecunUniform' | 'xavierNormal' | 'xavierUniform' | 'orthogonal';

interface LayerCommon {
  /** Unique in the network; default: conv1, relu1, pool1, flatten1, fc1, … in order of appearance. */
  readonly name?: string;
  /** Names of the layers whose outputs this one takes, or `input`; default: the layer before it. */
  readonly inputs?: readonly string[];
}

interface Weighted {
  /** Default true. */
  readonly bias?: boolean;
  readonly init?: Init;
  /** The number of the init `constant`. */
  readonly initValue?: number;
}

interface Windowed {
  readonly kernelSize: Extent;
  /** Default 1 for convolutions, `kernelSize` for pooling. */
  readonly stride?: Extent;
  /** Default 0. */
  readonly padding?: Padding;
}

/** Convolution. Output size: O = ⌊(I − K + P) / S⌋ + 1 in each direction, P the padding of both sides together. */
export interface Conv2dSpec extends LayerCommon, Windowed, Weighted {
  readonly type: 'conv2d';
  readonly outChannels: number;
  /** The number that stands in the padding; default 0. */
  readonly paddingValue?: number;
  /** Default `constant`. */
  readonly paddingMode?: PaddingMode;
  /** Distance between the pixels of a window; default 1. */
  readonly dilation?: Extent;
  /** Parts that the channels are split into; default 1; as many as channels: depthwise. */
  readonly groups?: number;
  /** One number a filter: bit i says whether it sees input map i (LeNet-98's C3). */
  readonly connections?: readonly number[];
}

/** The adjoint of a convolution: O = (I − 1)·S − P + K + outputPadding. */
export interface ConvTranspose2dSpec extends LayerCommon, Windowed, Weighted {
  readonly type: 'convTranspose2d';
  readonly outChannels: number;
  readonly outputPadding?: Extent;
}

/** y = W x + b over a flat vector. */
export interface LinearSpec extends LayerCommon, Weighted {
  readonly type: 'linear';
  readonly outFeatures: number;
}

/** Largest value of each window. */
export interface MaxPool2dSpec extends LayerCommon, Windowed {
  readonly type: 'maxPool2d';
  readonly dilation?: Extent;
  /** Whether a window may begin inside and end outside; default false. */
  readonly ceilMode?: boolean;
}

/** Mean of each window. */
export interface AveragePool2dSpec extends LayerCommon, Windowed {
  readonly type: 'averagePool2d';
  readonly ceilMode?: boolean;
  /** Whether padding counts in the mean; default true. */
  readonly countPadding?: boolean;
}

/** LeNet-98's subsampling: mean of each window times a coefficient plus a bias, both trained, one pair a map. */
export interface Subsampling2dSpec extends LayerCommon {
  readonly type: 'subsampling2d';
  readonly kernelSize?: Extent;
}

/** (x − mean)/√(variance + eps)·weight + bias, over batch and pixels of each channel. */
export interface BatchNorm2dSpec extends LayerCommon {
  readonly type: 'batchNorm2d';
  readonly eps?: number;
  /** Share of the new batch in the running statistics; default 0.1. */
  readonly momentum?: number;
  readonly affine?: boolean;
}

/** The same over groups of channels of one image; 1 group is layer norm, one a channel is instance norm. */
export interface GroupNormSpec extends LayerCommon {
  readonly type: 'groupNorm';
  readonly groups: number;
  readonly eps?: number;
  readonly affine?: boolean;
}

/** x / (k + alpha/size · Σ x²)^beta over `size` neighbouring channels. */
export interface LocalResponseNormSpec extends LayerCommon {
  readonly type: 'localResponseNorm';
  readonly size: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly k?: number;
}

/** In training, zero with probability `p`, else x/(1 − p): single values, or whole maps. */
export interface DropoutSpec extends LayerCommon {
  readonly type: 'dropout' | 'dropout2d';
  /** 0…0.999; default 0.5. */
  readonly p?: number;
}

/** The same values in another shape; −1 for one side that follows from the others. */
export interface ReshapeSpec extends LayerCommon {
  readonly type: 'reshape';
  readonly channels: number;
  readonly height?: number;
  readonly width?: number;
}

export interface ZeroPad2dSpec extends LayerCommon {
  readonly type: 'zeroPad2d';
  readonly padding: Padding;
  /** Default 0. */
  readonly value?: number;
  readonly paddingMode?: PaddingMode;
}

/** Larger by `scale`, or to `size`. */
export interface UpsampleSpec extends LayerCommon {
  readonly type: 'upsample';
  readonly scale?: Extent;
  readonly size?: Extent;
  readonly mode?: 'nearest' | 'bilinear';
  readonly alignCorners?: boolean;
}

/** Several layers made one: sums, products, or maps one after the other. Needs `inputs`. */
export interface MergeSpec extends LayerCommon {
  readonly type: 'add' | 'multiply' | 'concat';
}

/** ResNet's shortcut without parameters (option A): every `stride`-th pixel, and zeros for the new channels. */
export interface IdentityShortcutSpec extends LayerCommon {
  readonly type: 'identityShortcut';
  readonly outChannels: number;
  readonly stride?: number;
}

/** LeNet-98's output: minus the squared distance to a picture of each class. */
export interface RadialBasisSpec extends LayerCommon {
  readonly type: 'radialBasis';
  readonly outFeatures?: number;
  readonly codes?: 'digits' | 'random';
}

export interface LeakyReluSpec extends LayerCommon {
  readonly type: 'leakyRelu';
  readonly negativeSlope?: number;
}

export interface EluSpec extends LayerCommon {
  readonly type: 'elu';
  readonly alpha?: number;
}

export interface GeluSpec extends LayerCommon {
  readonly type: 'gelu';
  readonly approximate?: 'none' | 'tanh';
}

/** amplitude · tanh(slope · x), LeNet-98's squashing function: 1.7159 and 2/3. */
export interface ScaledTanhSpec extends LayerCommon {
  readonly type: 'scaledTanh';
  readonly amplitude?: number;
  readonly slope?: number;
}

/** Layers without options. `flatten`: [C, H, W] → [C·H·W, 1, 1]. Softmax goes over the channels. */
export interface PlainSpec extends LayerCommon {
  readonly type:
    'relu' | 'silu' | 'hardswish' | 'sigmoid' | 'tanh' | 'softmax' | 'logSoftmax' | 'flatten' | 'globalAveragePool2d';
}

export type LayerSpec =
  | Conv2dSpec
  | ConvTranspose2dSpec
  | LinearSpec
  | MaxPool2dSpec
  | AveragePool2dSpec
  | Subsampling2dSpec
  | BatchNorm2dSpec
  | GroupNormSpec
  | LocalResponseNormSpec
  | DropoutSpec
  | ReshapeSpec
  | ZeroPad2dSpec
  | UpsampleSpec
  | MergeSpec
  | IdentityShortcutSpec
  | RadialBasisSpec
  | LeakyReluSpec
  | EluSpec
  | GeluSpec
  | ScaledTanhSpec
  | PlainSpec;
