/**
 * How far a training is and what it has reached: counters, curves, accuracy.
 *
 * They run through all legs of a training (`training.svelte.ts`) until a reset, so a leg remembers where it began.
 * What is reactive follows the reports no faster than it can be read, but at once at an evaluation and at the end.
 */
import type { TrainingReport } from 'striate';
import { History } from './history.js';

/** Sums over all legs. */
interface Counters {
  readonly epoch: number;
  readonly step: number;
  /** Pauses left out. */
  readonly seconds: number;
}

const ZERO: Counters = { epoch: 0, step: 0, seconds: 0 };
const WRITE_EVERY_MS = 120;

export class Progress {
  epoch = $state(0);
  step = $state(0);
  /** Seconds since Train, pauses left out. */
  seconds = $state(0);
  imagesPerSecond = $state<number | null>(null);
  /** Learning rate of the latest step. */
  rate = $state<number | null>(null);
  /** Share of the held-out digits read right; null before the first look. */
  accuracy = $state<number | null>(null);
  readonly history = new History();
  /** Rises with the additions to `history` that are to be drawn. */
  historyVersion = $state(0);
  /** How many looks at the held-out digits `history` has. */
  evaluations = $state(0);

  #base = ZERO;
  #now = ZERO;
  #latest: TrainingReport | null = null;
  #writtenAt = -Infinity;

  /** The exact counters, ahead of the reactive ones. */
  get now(): Counters {
    return this.#now;
  }

  /** A new leg begins. */
  begin(): void {
    this.#base = this.#now;
  }

  /** Takes a report of a leg on `images` training images. Says from which step on it tells, and whether that is a step back. */
  take(report: TrainingReport, images: number): { readonly from: number; readonly wentBack: boolean } {
    const { losses, loss, accuracy, validation } = report;
    const base = this.#base;
    const before = this.#now.step;
    const first = base.step + report.firstStep - 1;
    const seen = losses.length * report.batchSize;
    const now = {
      epoch: base.epoch + report.images / images,
      step: base.step + report.step,
      seconds: base.seconds + report.elapsedMs / 1000,
    };
    const wentBack = first < before;
    if (wentBack) this.history.rewind(now.epoch - seen / images);
    if (seen > 0) this.history.add({ epoch: now.epoch, loss, accuracy, images: seen });
    if (validation) {
      this.accuracy = validation.accuracy;
      this.history.addEvaluation({
        epoch: base.epoch + (now.epoch - base.epoch) * (validation.step / report.step),
        loss: validation.loss,
        accuracy: validation.accuracy,
        seconds: now.seconds,
      });
    }
    this.#now = now;
    this.#latest = report;
    if (validation || report.done || performance.now() >= this.#writtenAt + WRITE_EVERY_MS) this.write();
    return { from: first, wentBack };
  }

  /** Makes the reactive part the latest. */
  write(): void {
    this.#writtenAt = performance.now();
    ({ epoch: this.epoch, step: this.step, seconds: this.seconds } = this.#now);
    this.rate = this.#latest?.learningRate ?? null;
    if (this.#latest && this.#latest.imagesPerSecond > 0) this.imagesPerSecond = this.#latest.imagesPerSecond;
    this.evaluations = this.history.evaluations.length;
    this.historyVersion++;
  }

  reset(): void {
    this.#base = this.#now = ZERO;
    this.#latest = null;
    this.accuracy = this.imagesPerSecond = null;
    this.history.clear();
    this.write();
  }
}
