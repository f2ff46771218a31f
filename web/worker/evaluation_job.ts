/** Evaluation of a model on a dataset, in slices. Also the part of a training that validates. */
import type { EvaluationProgress } from './engine_module.js';
import { StriateError } from './errors.js';
import type { Job, JobHost } from './job.js';
import { SLICE_MS } from './job.js';
import { SliceTimer } from './slice_timer.js';
import type { EvaluationOptions, EvaluationResult } from './values.js';

/** One pass over a dataset. Begun on construction; the engine allows one a model. */
export class EvaluationPass {
  readonly #host: JobHost;
  readonly #model: number;
  readonly #timer: SliceTimer;
  #images = 0;
  /** Of a training's validation, when it is done: early stopping ends the training. */
  trainingDone = false;

  /** `timer` may be shared by passes over the same model and dataset: it knows the cost of an image. */
  constructor(
    host: JobHost,
    model: number,
    dataset: number,
    options: EvaluationOptions & { readonly training?: boolean },
    timer = new SliceTimer(SLICE_MS),
  ) {
    this.#host = host;
    this.#model = model;
    this.#timer = timer;
    host.session.evaluateBegin(model, dataset, options);
  }

  /** One slice; the result when that was the last. */
  slice(): EvaluationResult | null {
    const start = this.#host.now();
    const progress = this.#host.session.evaluateSteps(this.#model, this.#timer.next());
    this.#timer.record(progress.images - this.#images, this.#host.now() - start);
    this.#images = progress.images;
    this.trainingDone = progress.trainingDone ?? false;
    return progress.done ? resultOf(progress) : null;
  }
}

function resultOf({
  done: _done,
  trainingDone: _over,
  improved: _best,
  ...result
}: EvaluationProgress): EvaluationResult {
  if (result.loss === undefined) {
    throw new StriateError('internal', 'evaluateSteps: the engine said done, but gave no result.');
  }
  return result as EvaluationResult;
}

/** A call of `evaluate`. */
export class EvaluationJob implements Job {
  readonly id: number;
  readonly model: number;
  readonly datasets: readonly number[];
  readonly #host: JobHost;
  readonly #options: EvaluationOptions;
  #pass: EvaluationPass | null = null;

  constructor(host: JobHost, id: number, model: number, dataset: number, options: EvaluationOptions) {
    this.#options = options;
    this.#host = host;
    this.id = id;
    this.model = model;
    this.datasets = [dataset];
  }

  runnable(): boolean {
    return this.#host.claimEvaluation(this);
  }

  slice(): boolean {
    this.#pass ??= new EvaluationPass(this.#host, this.model, this.datasets[0] ?? 0, this.#options);
    const result = this.#pass.slice();
    if (!result) return false;
    this.#host.answer(this.id, 'evaluate', result);
    return true;
  }

  end(): void {
    this.#host.releaseEvaluation(this);
  }
}
