/**
 * The plain values of training and evaluation: options, changes, results. Nothing here has behaviour.
 *
 * Names and meanings are PyTorch's (camelCase) unless said otherwise; the tests compare each with PyTorch step by step.
 */

import type { PolicySource, TestTimeViews } from './augmentation_values.js';

/** Stochastic gradient descent with momentum, as PyTorch's `SGD`. */
export interface SgdOptions {
  readonly type: 'sgd';
  /** > 0; default 0.01. Not read when the schedule sets the rate. */
  readonly learningRate?: number;
  /** 0 ≤ momentum < 1; default 0.9. */
  readonly momentum?: number;
  /** 0…1; default 0: how much less the newest gradient counts in the momentum. */
  readonly dampening?: number;
  /** Nesterov's form; needs momentum and no dampening. Default false. */
  readonly nesterov?: boolean;
  /** ≥ 0; default 0. Applied to every parameter, biases too, unless `parameterGroups` say otherwise. */
  readonly weightDecay?: number;
}

/** `adam`: decay goes through the moments; `adamw`: it is apart from the gradient. As PyTorch's `Adam` and `AdamW`. */
export interface AdamOptions {
  readonly type: 'adam' | 'adamw';
  /** > 0; default 0.001. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly eps?: number;
  /** ≥ 0; default 0 for `adam`, 0.01 for `adamw`. */
  readonly weightDecay?: number;
}

/** As PyTorch's `RMSprop`. */
export interface RmspropOptions {
  readonly type: 'rmsprop';
  /** > 0; default 0.01. */
  readonly learningRate?: number;
  /** Default 0.99. */
  readonly alpha?: number;
  /** Default 1e-8. */
  readonly eps?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly centered?: boolean;
  /** ≥ 0; default 0. */
  readonly weightDecay?: number;
}

export type OptimizerOptions = SgdOptions | AdamOptions | RmspropOptions;

/** Whether a schedule counts optimizer steps or epochs; default `step`. */
interface ScheduleUnit {
  readonly unit?: 'step' | 'epoch';
}

/** The learning rate as a function of the step, starting from the optimizer's. */
export type ScheduleOptions =
  | { readonly type: 'constant' }
  /** Times `gamma` (default 0.1) every `stepSize`. */
  | ({ readonly type: 'step'; readonly stepSize: number; readonly gamma?: number } & ScheduleUnit)
  /** Times `gamma` (default 0.1) at each milestone. */
  | ({ readonly type: 'multiStep'; readonly milestones: readonly number[]; readonly gamma?: number } & ScheduleUnit)
  /** Times `gamma` each time. */
  | ({ readonly type: 'exponential'; readonly gamma: number } & ScheduleUnit)
  /** Half a cosine down to `minLearningRate` (default 0) over `steps` (default: the whole training). */
  | ({ readonly type: 'cosine'; readonly steps?: number; readonly minLearningRate?: number } & ScheduleUnit)
  /** Again and again, each fall `growth` times longer (default 1). PyTorch's T_0 is `steps`, T_mult `growth`. */
  | ({
      readonly type: 'cosineRestarts';
      readonly steps: number;
      readonly growth?: number;
      readonly minLearningRate?: number;
    } & ScheduleUnit)
  /** A straight line from `startFactor` (default 1/3) to `endFactor` (default 1) times the rate, then constant. */
  | ({
      readonly type: 'linearWarmup';
      readonly steps: number;
      readonly startFactor?: number;
      readonly endFactor?: number;
    } & ScheduleUnit)
  | {
      /** PyTorch's `OneCycleLR`: up to `maxLearningRate`, then down to almost nothing, over the whole training. */
      readonly type: 'oneCycle';
      readonly maxLearningRate: number;
      /** Share of the steps in which the rate climbs; default 0.3. */
      readonly warmup?: number;
      /** The first rate is the peak divided by this; default 25. */
      readonly startDivisor?: number;
      /** The last rate is the first divided by this; default 1e4. */
      readonly endDivisor?: number;
      /** Default `cosine`. */
      readonly anneal?: 'cosine' | 'linear';
      /** Whether momentum goes the other way, 0.95 → 0.85 → 0.95; default false. */
      readonly cycleMomentum?: boolean;
    }
  | {
      /** PyTorch's `ReduceLROnPlateau`, told of every validation: `fit` needs `validation`. */
      readonly type: 'reduceOnPlateau';
      /** Default `loss`. */
      readonly monitor?: 'loss' | 'accuracy';
      /** Default 0.1. */
      readonly factor?: number;
      /** Validations without improvement that are borne; default 10. */
      readonly patience?: number;
      /** How much better is better; default 1e-4. */
      readonly threshold?: number;
      /** Whether the threshold is a share of the best value; default `rel`. */
      readonly thresholdMode?: 'rel' | 'abs';
      /** Validations after a fall that do not count; default 0. */
      readonly cooldown?: number;
      /** Default 0. */
      readonly minLearningRate?: number;
    };

/** What is minimised. `classWeights`: one number a class, how much its images count. */
export type LossOptions =
  | {
      /** Softmax cross-entropy, as PyTorch's `CrossEntropyLoss`. */
      readonly type: 'crossEntropy';
      /** Share of the target spread over all classes; 0…1; default 0. */
      readonly labelSmoothing?: number;
      readonly classWeights?: readonly number[];
      /** A label whose images count for nothing; default −100. */
      readonly ignoreIndex?: number;
    }
  | {
      /** −w·(1 − p)^gamma·log p: well-classified images count less (Lin et al. 2017). */
      readonly type: 'focal';
      /** Default 2. */
      readonly gamma?: number;
      readonly classWeights?: readonly number[];
    }
  /** Mean squared difference to 1 for the right class and 0 for the others. */
  | { readonly type: 'meanSquared' }
  | {
      /** LeNet-98's criterion on distances (LeCun et al. 1998, equation 9), for a `radialBasis` output. */
      readonly type: 'radialBasis';
      /** Distance beyond which wrong classes are left alone; default 5. */
      readonly cap?: number;
    };

/** Parameters with settings of their own. A parameter may be in one group only. */
export interface ParameterGroup {
  /** Layers (`conv1`), parameters (`conv1.weight`), or all of a kind (`*.bias`). */
  readonly names: readonly string[];
  /** Factor on the learning rate; default 1. Multiplies with `model.setLearningRates`. */
  readonly learningRate?: number;
  /** In place of the optimizer's. */
  readonly weightDecay?: number;
}

export interface EarlyStoppingOptions {
  /** Which number of the validation is watched; default `loss`. */
  readonly monitor?: 'loss' | 'accuracy';
  /** So many validations in a row without improvement end the training; default 3. */
  readonly patience?: number;
  /** An improvement is more than this; default 0. */
  readonly minDelta?: number;
  /** The training ends with the weights of its best validation; default true. */
  readonly restoreBest?: boolean;
}

/** What training does, apart from handles and callbacks. */
export interface TrainingOptions {
  /** Passes over the dataset in all; ≥ 1. */
  readonly epochs: number;
  /** Images a step; ≥ 1; default 32. The last batch of an epoch may be smaller. */
  readonly batchSize?: number;
  /** Decides the order of the images; default 0. Same seed, same bits. */
  readonly seed?: number;
  /** Default: SGD. */
  readonly optimizer?: OptimizerOptions;
  /** Default: constant. */
  readonly schedule?: ScheduleOptions;
  /** Default: cross-entropy. The validation's loss is of the same kind. */
  readonly loss?: LossOptions;
  /** All gradients together are scaled down to at most this Euclidean norm (`clip_grad_norm_`); > 0. */
  readonly clipNorm?: number;
  /** Each number of a gradient is cut to ± this (`clip_grad_value_`), before `clipNorm`; > 0. */
  readonly clipValue?: number;
  /** Reports tell the norm of the gradients even when it is not clipped; default false. */
  readonly gradientNorm?: boolean;
  /**
   * How an epoch's images are drawn; default `shuffled`. `balanced`: every class equally often, each image of a class as
   * often as any other of it; an epoch stays as long. `sequential`: in the dataset's order.
   */
  readonly sampling?: 'shuffled' | 'balanced' | 'sequential';
  /** Leave out an epoch's last batch when it is not full; default false. */
  readonly dropLast?: boolean;
  readonly parameterGroups?: readonly ParameterGroup[];
  /**
   * Keeps an exponential moving average of the weights: average ← decay·average + (1 − decay)·weights after each step;
   * batch norm's statistics are copied. Validations look at the average, and the model has it when the training ends;
   * `predict` and `inspect` meanwhile show the weights in training. `decay`: 0…1, default 0.999; `warmup` (default
   * true): a smaller decay, (1 + t)/(10 + t), in the first steps.
   */
  readonly averageWeights?: { readonly decay?: number; readonly warmup?: boolean };
  /** Ends the training when validations get no better; `fit` needs `validation`. */
  readonly earlyStopping?: EarlyStoppingOptions;
  /** What is done to the training images, afresh in each epoch; never to a validation's. @throws naming transform and option */
  readonly augmentation?: PolicySource;
  /** Go on from the step, optimizer state and image order that a saved file holds (`save({ optimizer: true })`). */
  readonly resume?: boolean;
}

/** What may change while a training runs; in effect from the next step on. */
export interface TrainingChange {
  readonly learningRate?: number;
  readonly batchSize?: number;
}

/** The search for a learning rate: what it shares with a training, and the sweep. */
export interface LearningRateSearch extends Pick<
  TrainingOptions,
  | 'batchSize'
  | 'seed'
  | 'optimizer'
  | 'loss'
  | 'clipNorm'
  | 'clipValue'
  | 'sampling'
  | 'dropLast'
  | 'parameterGroups'
  | 'augmentation'
> {
  /** The first rate; default 1e-7. */
  readonly start?: number;
  /** The last rate; default 10. */
  readonly end?: number;
  /** Steps from first to last, one batch each; ≥ 10; default 100. */
  readonly steps?: number;
  /** How much of the running mean of losses is kept at each step; default 0.9. */
  readonly smoothing?: number;
  /** Ends the search when the smoothed loss is so many times its best; default 4. */
  readonly divergence?: number;
}

export interface LearningRateCurve {
  readonly rates: readonly number[];
  /** Of each step's batch. */
  readonly losses: readonly number[];
  readonly smoothed: readonly number[];
  /** Where the smoothed loss falls steepest; null when it falls nowhere. */
  readonly suggestion: number | null;
}

/** How a layer with weights is trained. */
export interface LayerSettings {
  readonly name: string;
  readonly trainable: boolean;
  /** Factor on the training's rate. */
  readonly learningRate: number;
  /** On layers with running statistics: whether training moves them. */
  readonly batchNorm?: 'updated' | 'frozen';
}

export type LayerChange =
  | { readonly freeze: FreezeOptions }
  | { readonly unfreeze: { readonly layers?: readonly string[] } }
  | { readonly learningRates: Readonly<Record<string, number>> }
  | { readonly settings: readonly LayerSettings[] }
  | Record<string, never>;

export interface FreezeOptions {
  /** This layer and all before it are frozen, the rest is not. */
  readonly until?: string;
  /** These layers are frozen as well. */
  readonly layers?: readonly string[];
  /**
   * What batch norms among them do. `frozen` (default): they use their running statistics, as in evaluation, and leave
   * them alone. `updated`: they normalize with the batch and their statistics follow; only weight and bias stand still.
   */
  readonly batchNorm?: 'frozen' | 'updated';
}

export interface EvaluationOptions {
  /** The k of `topKAccuracy`; default 5; no more than there are classes. */
  readonly topK?: number;
  /** Which loss; default cross-entropy. */
  readonly loss?: LossOptions;
  /** Each image in several views; the measures are of what is merged. */
  readonly tta?: TestTimeViews;
}

/** Scores of a class. 0 where there is nothing to divide by. */
export interface Scores {
  /** Share of the images taken for this class that are of it. */
  readonly precision: number;
  /** Share of this class's images that were recognised. */
  readonly recall: number;
  readonly f1: number;
}

export interface EvaluationResult {
  /** Mean loss over the images; cross-entropy (natural logarithm) unless another was asked for. */
  readonly loss: number;
  /** Share of images whose most probable class is their label; 0…1. */
  readonly accuracy: number;
  /** Share of images whose label is among the `topK` most probable classes. */
  readonly topKAccuracy: number;
  readonly topK: number;
  /** `confusionMatrix[label][predicted]`: how many images. */
  readonly confusionMatrix: readonly (readonly number[])[];
  /** One entry a class. `support`: images with this label. */
  readonly classes: readonly (Scores & { readonly support: number })[];
  /** Means over the classes that occur as label or as prediction. */
  readonly macro: Scores;
  /** Expected calibration error over 15 bins: how far confidence and accuracy are apart; 0…1. */
  readonly calibrationError: number;
  /** How many images were looked at. */
  readonly images: number;
}
