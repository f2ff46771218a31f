/** What a training takes, and what it says while it goes on. */
import type { BatchShape, EvaluationResult, TrainingChange, TrainingOptions, WatchFrame } from '../worker/values.js';
import type { CallOptions, Dataset, Images, TopicOptions } from './types.js';

export interface WatchOptions {
  /** One image, whose activations and probabilities come with the reports. */
  readonly image?: Images;
  /** Layers to give activations of; default all. */
  readonly layers?: readonly string[];
  /** Parameters to give (e.g. `['conv1.weight']`); default none. */
  readonly parameters?: readonly string[];
  /** At most one frame in this many milliseconds; default 50. */
  readonly everyMs?: number;
  /** Frames come less often when they would cost more than this share of the training time; default 0.04; 0…1. */
  readonly maxShare?: number;
}

export interface FitOptions extends TrainingOptions, CallOptions {
  /** Evaluated at the end of each epoch. */
  readonly validation?: Dataset;
  /** And after every so many steps; ≥ 1. */
  readonly validateEvery?: number;
  /** The live view. */
  readonly watch?: WatchOptions;
}

/** What happened since the report before it. Some 25 a second at most; together they hold every step. */
export interface TrainingReport {
  /** Steps done so far in this training; the last of `losses` belongs to it. */
  readonly step: number;
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  /** Step number (1, 2, …) of `losses[0]`. After a recovery it may lie before steps already reported. */
  readonly firstStep: number;
  /** Loss of each step since the report before: mean over its batch, before its update. */
  readonly losses: Float32Array;
  /** Mean of `losses`. */
  readonly loss: number;
  /** Share of right answers in these steps' batches, before each update; 0…1. */
  readonly accuracy: number;
  readonly learningRate: number;
  /** Euclidean norm of all gradients of the last step, before `clipNorm`; with `clipNorm` or `gradientNorm: true`. */
  readonly gradientNorm?: number;
  readonly batchSize: number;
  /** Images trained on so far in this training. */
  readonly images: number;
  /** Images a second over about the last half second spent in training steps. */
  readonly imagesPerSecond: number;
  /** Milliseconds spent in training steps so far. */
  readonly trainingMs: number;
  /** Milliseconds since the training began, pauses left out. */
  readonly elapsedMs: number;
  /** Present when the validation set was evaluated since the report before. */
  readonly validation?: EvaluationResult & { readonly step: number };
  /** Present when a frame of the live view was taken since the report before. */
  readonly watch?: WatchFrame;
  readonly done: boolean;
}

/** What one step of a training was made with. */
export interface TrainingBatch {
  /** Steps done with it, in this training. */
  readonly step: number;
  /** From 0. */
  readonly epoch: number;
  /** Which images of the training set these were. */
  readonly indices: readonly number[];
  readonly labels: readonly number[];
  readonly data: Uint8Array | Float32Array;
  readonly shape: BatchShape;
}

export interface TrainingOutcome {
  /** `finished`: all epochs; `stoppedEarly`: by `earlyStopping`; `stopped`: by `stop()` or by leaving the loop. */
  readonly reason: 'finished' | 'stoppedEarly' | 'stopped';
  readonly step: number;
  readonly epoch: number;
}

/**
 * A training under way. It began when `fit` was called; iterate to get its reports:
 *
 * ```ts
 * const run = model.fit(train, { epochs: 5 });
 * for await (const report of run) draw(report);   // leaving the loop stops the training
 * ```
 *
 * A slow loop loses nothing: reports that wait are merged. With `signal` aborted, loop and `done` reject with code
 * `aborted`; the model stays usable, with the weights of the last step.
 */
export interface TrainingRun extends AsyncIterable<TrainingReport, TrainingOutcome> {
  /** Settles when the training is over. Rejects with what stopped it, e.g. `not_finite`. */
  readonly done: Promise<TrainingOutcome>;
  readonly paused: boolean;
  /** Stops after the step under way until `resume()`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Changes learning rate or batch size from the next step on. @throws `invalid_argument` */
  configure(change: TrainingChange): Promise<void>;
  /** Changes what is watched; null ends it. */
  watch(options: WatchOptions | null): Promise<void>;
  /**
   * The batch of the last step, its images as the engine made them for it: augmented, where the training has a policy.
   * null before the first step and when the training is over.
   */
  batch(options?: TopicOptions): Promise<TrainingBatch | null>;
  /** Ends the training after the step under way; loop and `done` end normally. */
  stop(): Promise<TrainingOutcome>;
}
