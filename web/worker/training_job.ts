/**
 * A training under way: steps in slices of about 4 ms, reports, validation, live view, checkpoints.
 *
 * Reports are coalesced: one at most every 40 ms, holding the loss of every step since the one before. A checkpoint is
 * made at most every `checkpointEveryMs`, less often when saving would take more than 2% of the time, and when the
 * training pauses or ends, so that whatever happens to this worker the other side can go on from there.
 */
import type { StepsResult } from './engine_module.js';
import { EvaluationPass } from './evaluation_job.js';
import type { Job, JobHost } from './job.js';
import { SLICE_MS } from './job.js';
import { LiveView } from './live_view.js';
import type { FitArguments, FitControl, FitOutcome, TrainingTotals, WireReport, WireWatch } from './protocol.js';
import { RecentRate } from './recent_rate.js';
import { SliceTimer } from './slice_timer.js';

const REPORT_EVERY_MS = 40;
const CHECKPOINT_MAX_SHARE = 0.02;
/** Of a report's few steps alone, the speed would jump with whatever else the machine does. */
const RATE_OVER_MS = 500;

export class TrainingJob implements Job {
  readonly id: number;
  readonly model: number;
  readonly datasets: readonly number[];

  readonly #host: JobHost;
  readonly #validationDataset: number | null;
  readonly #validateEvery: number;
  readonly #checkpointEveryMs: number;
  readonly #stepTimer = new SliceTimer(SLICE_MS);
  readonly #validationTimer = new SliceTimer(SLICE_MS);

  #paused: boolean;
  #stopping = false;
  #view: LiveView | null;
  #validating: EvaluationPass | null = null;
  #validationWanted = false;
  #trained = false;
  #ended = false;

  // Where the training stands.
  #step: number;
  #epoch: number;
  #stepsPerEpoch: number;
  #batchSize: number;
  #learningRate = 0;
  #gradientNorm: number | null = null;
  #finished = false;
  /** Its validations had stopped getting better. */
  #early = false;

  // Running totals, and what the next report will say.
  #images: number;
  #trainingMs: number;
  #elapsedMs: number;
  #runningSince: number | null;
  #losses: number[] = [];
  #rightAnswers = 0;
  #reportImages = 0;
  #reportTrainingMs = 0;
  readonly #rate = new RecentRate(RATE_OVER_MS);
  #validation: WireReport['validation'] = null;
  #nextReportAt = -Infinity;
  #nextCheckpointAt: number;

  /** Begins the training. @throws what `trainBegin`, `inspect` and `parameters` of the engine throw */
  constructor(host: JobHost, id: number, args: FitArguments) {
    this.#host = host;
    this.id = id;
    this.model = args.model;
    this.datasets = args.validation === null ? [args.dataset] : [args.dataset, args.validation];
    this.#validationDataset = args.validation;
    this.#validateEvery = args.validateEvery;
    this.#checkpointEveryMs = args.checkpointEveryMs;
    this.#view = this.#makeView(args.watch);

    const plan = host.session.trainBegin(args.model, args.dataset, args.options);
    this.#step = plan.step ?? 0;
    this.#epoch = plan.epoch ?? 0;
    this.#stepsPerEpoch = plan.stepsPerEpoch;
    this.#finished = plan.done ?? this.#epoch >= args.options.epochs;
    this.#batchSize = args.options.batchSize ?? 0;
    ({ images: this.#images, trainingMs: this.#trainingMs, elapsedMs: this.#elapsedMs } = args.totals);
    this.#paused = args.paused;
    this.#runningSince = args.paused ? null : host.now();
    this.#nextCheckpointAt = host.now() + args.checkpointEveryMs;
  }

  runnable(): boolean {
    // A validation that was begun is carried through even in a pause: it keeps other evaluations of the model waiting.
    if (this.#stopping || this.#validating) return true;
    return !this.#paused && !this.#host.evaluatedByAnother(this);
  }

  control(control: FitControl): void {
    switch (control.action) {
      case 'pause':
        if (this.#paused) return;
        this.#elapsedMs = this.#elapsed();
        this.#runningSince = null;
        this.#paused = true;
        this.#flush();
        this.#checkpoint();
        return;
      case 'resume':
        if (!this.#paused) return;
        this.#paused = false;
        this.#runningSince = this.#host.now();
        return;
      case 'stop':
        this.#stopping = true;
        return;
      case 'configure': {
        const plan = this.#host.session.trainConfigure(this.model, control.change);
        if (control.change.batchSize !== undefined) this.#batchSize = control.change.batchSize;
        if (plan) this.#stepsPerEpoch = plan.stepsPerEpoch;
        return;
      }
      case 'watch':
        this.#view = this.#makeView(control.watch);
        return;
    }
  }

  slice(): boolean {
    if (this.#stopping && !this.#finished) return this.#finish('stopped');
    if (this.#validating || this.#validationWanted) this.#validate();
    else if (!this.#finished) this.#train();
    const validationLeft = this.#validating !== null || this.#validationWanted;
    if (this.#finished && !validationLeft) return this.#finish(this.#early ? 'stoppedEarly' : 'finished');
    if (this.#host.now() >= this.#nextReportAt) this.#flush();
    // Not before a validation: what it says to early stopping and schedule would be missing after a recovery.
    if (this.#host.now() >= this.#nextCheckpointAt && !validationLeft) this.#checkpoint();
    return false;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.releaseEvaluation(this);
    // The weights to keep: averaged, of the best validation, or of the last good step; the training's own are in the file.
    this.#host.session.trainEnd(this.model);
    this.#checkpoint();
  }

  #train(): void {
    const { session } = this.#host;
    let steps = this.#stepTimer.next();
    if (this.#validateEvery > 0) steps = Math.min(steps, this.#validateEvery - (this.#step % this.#validateEvery));
    const start = this.#host.now();
    const result = session.trainSteps(this.model, steps);
    const ms = this.#host.now() - start;
    this.#stepTimer.record(result.losses.length, ms);
    this.#account(result, ms);
  }

  #account(result: StepsResult, ms: number): void {
    for (const loss of result.losses) this.#losses.push(loss);
    this.#trained = true;
    this.#step = result.step;
    this.#epoch = result.epoch;
    this.#learningRate = result.learningRate;
    this.#gradientNorm = result.gradientNorm ?? null;
    this.#finished = result.done;
    this.#images += result.images;
    this.#reportImages += result.images;
    this.#rightAnswers += result.accuracy * result.images;
    this.#trainingMs += ms;
    this.#reportTrainingMs += ms;
    if (this.#validationDataset === null) return;
    const everyDue = this.#validateEvery > 0 && this.#step % this.#validateEvery === 0;
    this.#validationWanted = everyDue || result.epochEnd || result.done;
  }

  #validate(): void {
    if (!this.#validating) {
      if (!this.#host.claimEvaluation(this)) return;
      this.#validationWanted = false;
      const dataset = this.#validationDataset ?? 0;
      const options = { training: true };
      this.#validating = new EvaluationPass(this.#host, this.model, dataset, options, this.#validationTimer);
    }
    const result = this.#validating.slice();
    if (!result) return;
    if (this.#validating.trainingDone && !this.#finished) this.#finished = this.#early = true;
    this.#validating = null;
    this.#host.releaseEvaluation(this);
    this.#validation = { ...result, step: this.#step };
    this.#nextReportAt = -Infinity;
  }

  #finish(reason: FitOutcome['reason']): true {
    this.#flush(true);
    this.end();
    this.#host.answer(this.id, 'fit', { reason, step: this.#step, epoch: this.#epoch });
    return true;
  }

  /** Sends what happened since the last report, if anything did. */
  #flush(done = false): void {
    if (this.#losses.length === 0 && !this.#validation && !done) return;
    const now = this.#host.now();
    this.#rate.add(this.#reportImages, this.#reportTrainingMs);
    // The last report always brings a frame: what the person looks at next is the trained network.
    const watch = this.#view && this.#trained && (done || this.#view.due()) ? this.#view.frame(this.#step) : null;
    this.#host.progress(this.id, {
      step: this.#step,
      epoch: this.#epoch,
      stepsPerEpoch: this.#stepsPerEpoch,
      firstStep: this.#step - this.#losses.length + 1,
      losses: Float32Array.from(this.#losses),
      accuracy: this.#reportImages > 0 ? this.#rightAnswers / this.#reportImages : 0,
      learningRate: this.#learningRate,
      gradientNorm: this.#gradientNorm,
      batchSize: this.#batchSize,
      images: this.#images,
      imagesPerSecond: this.#rate.perSecond,
      trainingMs: this.#trainingMs,
      elapsedMs: this.#elapsed(),
      validation: this.#validation,
      watch,
      done,
    });
    this.#losses = [];
    this.#rightAnswers = 0;
    this.#reportImages = 0;
    this.#reportTrainingMs = 0;
    this.#validation = null;
    this.#nextReportAt = now + REPORT_EVERY_MS;
  }

  #checkpoint(): void {
    if (!this.#trained) return;
    const start = this.#host.now();
    const bytes = this.#host.session.save(this.model, true);
    const totals: TrainingTotals = { images: this.#images, trainingMs: this.#trainingMs, elapsedMs: this.#elapsed() };
    this.#host.checkpoint({ kind: 'checkpoint', id: this.id, model: this.model, bytes, step: this.#step, totals });
    const end = this.#host.now();
    this.#nextCheckpointAt = end + Math.max(this.#checkpointEveryMs, (end - start) / CHECKPOINT_MAX_SHARE);
  }

  #elapsed(): number {
    return this.#elapsedMs + (this.#runningSince === null ? 0 : this.#host.now() - this.#runningSince);
  }

  #makeView(watch: WireWatch | null): LiveView | null {
    return watch && new LiveView(this.#host.session, this.model, watch, () => this.#host.now());
  }
}
