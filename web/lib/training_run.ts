/**
 * A training as its caller sees it. When the engine dies under it, it is sent again to the next one, to go on from the
 * latest checkpoint: same seed, same order, same bits as if nothing had happened.
 */
import { StriateError } from '../worker/errors.js';
import type { FitControl, TrainingTotals, WireReport, WireWatch } from '../worker/protocol.js';
import type { TrainingChange, TrainingOptions } from '../worker/values.js';
import { checkKeys } from './check.js';
import type { Engine, ModelRecord } from './kept_engine.js';
import type { DatasetRecord } from './journal.js';
import { checkChange, checkWatch } from './options.js';
import { ReportQueue } from './report_queue.js';
import type {
  TopicOptions,
  TrainingBatch,
  TrainingOutcome,
  TrainingReport,
  TrainingRun,
  WatchOptions,
} from './types.js';
import { unpackReport } from './unpack.js';

export interface RunPlan {
  readonly engine: Engine;
  readonly model: ModelRecord;
  readonly train: DatasetRecord;
  readonly validation: DatasetRecord | null;
  readonly validateEvery: number;
  readonly options: TrainingOptions;
  readonly watch: WireWatch | null;
  readonly signal: AbortSignal | undefined;
}

export class Run implements TrainingRun {
  readonly done: Promise<TrainingOutcome>;
  readonly #plan: RunPlan;
  readonly #queue = new ReportQueue();
  #paused = false;
  #stopping = false;
  #over = false;
  #watch: WireWatch | null;
  #changes: TrainingChange = {};
  #fitId = 0;
  #last: TrainingReport | null = null;
  /** Set by the first checkpoint: what a new engine is to go on from. */
  #resumeFrom: TrainingTotals | null = null;

  constructor(plan: RunPlan) {
    this.#plan = plan;
    this.#watch = plan.watch;
    this.done = this.#drive();
    // Whoever only iterates learns of failures from the loop.
    this.done.catch(() => undefined);
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): Promise<void> {
    this.#paused = true;
    return this.#control({ action: 'pause' });
  }

  resume(): Promise<void> {
    this.#paused = false;
    return this.#control({ action: 'resume' });
  }

  async configure(change: TrainingChange): Promise<void> {
    const checked = checkChange(change);
    await this.#control({ action: 'configure', change: checked });
    this.#changes = { ...this.#changes, ...checked };
  }

  async watch(options: WatchOptions | null): Promise<void> {
    const watch = options && checkWatch(options, this.#plan.model.inputShape);
    await this.#control({ action: 'watch', watch });
    this.#watch = watch;
  }

  async batch(options: TopicOptions = {}): Promise<TrainingBatch | null> {
    checkKeys('batch options', options, ['signal', 'topic']);
    const { engine, model } = this.#plan;
    if (this.#over || this.#fitId === 0) return null;
    try {
      return await engine.call('trainBatch', () => ({ model: model.use() }), options);
    } catch (error) {
      // It ended while the question was on its way.
      if (error instanceof StriateError && error.code === 'invalid_state') return null;
      throw error;
    }
  }

  stop(): Promise<TrainingOutcome> {
    if (!this.#stopping && !this.#over) {
      this.#stopping = true;
      this.#control({ action: 'stop' }).catch(() => undefined);
    }
    return this.done;
  }

  [Symbol.asyncIterator](): AsyncIterator<TrainingReport, TrainingOutcome> {
    return {
      next: () => this.#queue.next(),
      // The loop was left.
      return: async () => {
        const value = await this.stop().catch(() => this.#stopped());
        return { done: true, value };
      },
    };
  }

  async #drive(): Promise<TrainingOutcome> {
    try {
      const outcome = await this.#fit();
      this.#over = true;
      this.#queue.finish(outcome);
      return outcome;
    } catch (error) {
      this.#over = true;
      this.#queue.fail(error);
      throw error;
    }
  }

  async #fit(): Promise<TrainingOutcome> {
    const { engine, model, train, validation, validateEvery, options, signal } = this.#plan;
    for (;;) {
      try {
        return await engine.call(
          'fit',
          () => ({
            model: model.use(),
            dataset: train.use(),
            options: this.#resumeFrom ? { ...options, resume: true } : options,
            validation: validation && validation.use(),
            validateEvery,
            watch: this.#watch,
            paused: this.#paused,
            checkpointEveryMs: engine.settings.checkpointEveryMs,
            totals: this.#resumeFrom ?? { images: 0, trainingMs: 0, elapsedMs: 0 },
          }),
          {
            signal,
            onId: (id) => this.#began(id),
            onProgress: (report) => this.#report(report),
            onCheckpoint: ({ bytes, totals }) => {
              model.checkpoint = bytes;
              this.#resumeFrom = totals;
              engine.provedGood();
            },
          },
        );
      } catch (error) {
        this.#fitId = 0;
        const lost = error instanceof StriateError && error.code === 'worker_lost';
        if (lost && this.#stopping) return this.#stopped();
        if (!lost || engine.status !== 'recovering') throw error;
      }
    }
  }

  #began(id: number): void {
    this.#fitId = id;
    // After a recovery: what was changed since the checkpoint is not in it.
    const controls: FitControl[] = [];
    if (Object.keys(this.#changes).length > 0) controls.push({ action: 'configure', change: this.#changes });
    if (this.#stopping) controls.push({ action: 'stop' });
    for (const control of controls) queueMicrotask(() => void this.#control(control).catch(() => undefined));
  }

  #report(wire: WireReport): void {
    const report = unpackReport(wire, this.#last);
    this.#last = report;
    this.#queue.push(report);
  }

  /** Tells the training; between two engines the next `fit` says it. */
  async #control(control: FitControl): Promise<void> {
    const fit = this.#fitId;
    const { engine } = this.#plan;
    if (this.#over || fit === 0 || engine.status !== 'ready') return;
    try {
      await engine.call('fitControl', () => ({ fit, control }));
    } catch (error) {
      if (!(error instanceof StriateError && error.code === 'worker_lost')) throw error;
    }
  }

  #stopped(): TrainingOutcome {
    return { reason: 'stopped', step: this.#last?.step ?? 0, epoch: this.#last?.epoch ?? 0 };
  }
}
