/** The search for a learning rate, in slices. It works on a copy of the weights: the model may do other things meanwhile. */
import type { Job, JobHost } from './job.js';
import { SLICE_MS } from './job.js';
import type { Calls } from './protocol.js';
import { SliceTimer } from './slice_timer.js';

export class RateJob implements Job {
  readonly id: number;
  readonly model: number;
  readonly datasets: readonly number[];
  readonly #host: JobHost;
  readonly #timer = new SliceTimer(SLICE_MS);
  #step = 0;

  /** @throws what `rateBegin` of the engine throws */
  constructor(host: JobHost, id: number, { model, dataset, options }: Calls['findLearningRate']['args']) {
    this.#host = host;
    this.id = id;
    this.model = model;
    this.datasets = [dataset];
    host.session.rateBegin(model, dataset, options);
  }

  runnable(): boolean {
    return true;
  }

  slice(): boolean {
    const start = this.#host.now();
    const { done, step, ...curve } = this.#host.session.rateSteps(this.model, this.#timer.next());
    this.#timer.record(step - this.#step, this.#host.now() - start);
    this.#step = step;
    if (!done) return false;
    const { rates = [], losses = [], smoothed = [], suggestion = null } = curve;
    this.#host.answer(this.id, 'findLearningRate', { rates, losses, smoothed, suggestion });
    return true;
  }

  end(): void {
    this.#host.session.rateEnd(this.model);
  }
}
