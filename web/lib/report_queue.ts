/**
 * Training reports on their way to a `for await` loop.
 *
 * A loop that is slower than the reports gets fewer, fuller ones: what waits is merged, and no loss and no validation
 * is dropped. Reports that cannot be merged without losing something (two validations, steps done again after a
 * recovery) wait side by side.
 */
import type { TrainingOutcome, TrainingReport } from './types.js';
import { mean } from './unpack.js';

type Step = IteratorResult<TrainingReport, TrainingOutcome>;

interface Waiter {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

export class ReportQueue {
  readonly #reports: TrainingReport[] = [];
  readonly #waiters: Waiter[] = [];
  #outcome: TrainingOutcome | null = null;
  #error: { readonly thrown: unknown } | null = null;

  push(report: TrainingReport): void {
    const waiter = this.#waiters.shift();
    if (waiter) return waiter.resolve({ done: false, value: report });
    const last = this.#reports.at(-1);
    const merged = last && mergeReports(last, report);
    if (merged) this.#reports[this.#reports.length - 1] = merged;
    else this.#reports.push(report);
  }

  /** The training ended well; what waits is still given out. */
  finish(outcome: TrainingOutcome): void {
    this.#outcome = outcome;
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ done: true, value: outcome });
  }

  /** The training failed; what waits is still given out, then the error, once. */
  fail(thrown: unknown): void {
    this.#error = { thrown };
    for (const waiter of this.#waiters.splice(0)) waiter.reject(thrown);
  }

  next(): Promise<Step> {
    const report = this.#reports.shift();
    if (report) return Promise.resolve({ done: false, value: report });
    if (this.#error) return Promise.reject(this.#error.thrown);
    if (this.#outcome) return Promise.resolve({ done: true, value: this.#outcome });
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }
}

/** `older` and `newer` as one report; null when something would be lost. */
export function mergeReports(older: TrainingReport, newer: TrainingReport): TrainingReport | null {
  if (older.validation && newer.validation) return null;
  if (newer.firstStep !== older.firstStep + older.losses.length) return null;
  const steps = older.losses.length + newer.losses.length;
  if (steps === 0) return { ...older, ...newer };
  const losses = new Float32Array(steps);
  losses.set(older.losses);
  losses.set(newer.losses, older.losses.length);
  const accuracy = (older.accuracy * older.losses.length + newer.accuracy * newer.losses.length) / steps;
  return { ...older, ...newer, firstStep: older.firstStep, losses, loss: mean(losses), accuracy };
}
