/**
 * Two trainings that differ in one thing: the policy. Same network, same initial weights, same images in the same order.
 *
 * They go in rounds: each makes the same steps, then both are looked at, on the held-out images and on training images as
 * they are. So what is compared always stands at the same step, whichever of them is slower; a longer training has
 * longer rounds. The time that ends them counts both trainings and the looking.
 */
import type { Dataset, Model, PolicyJson } from 'striate';
import type { Laboratory } from './laboratory.svelte.js';
import { parsePolicy } from './policy.js';
import { roundEpochs, TwinHistory, type TwinPoint } from './twin_history.js';

const BATCH_SIZE = 20;
const LEARNING_RATE = 0.02;
/** Training accuracy is of so many training images at most. */
const PROBE_COUNT = 1000;

export type TwinName = 'with' | 'without';
export const TWIN_NAMES: readonly TwinName[] = ['with', 'without'];

export class Twins {
  running = $state(false);
  /** Raised with each addition to `history`. */
  version = $state(0);
  seconds = $state(0);
  /** Training images of the twins that are shown. */
  count = $state(0);
  readonly history = new TwinHistory();

  readonly #lab: Laboratory;
  #stopping: AbortController | null = null;

  constructor(lab: Laboratory) {
    this.#lab = lab;
  }

  get ready(): boolean {
    return this.#lab.bench.ready;
  }

  stop(): void {
    this.#stopping?.abort();
  }

  /** Trains both until the time is over or `stop` is called. Failures end as notices. */
  async start(): Promise<void> {
    const { bench, experiment, notices } = this.#lab;
    const { striate, train, heldOut, model } = bench;
    if (this.running || !striate || !train || !heldOut || !model) return;
    const policy = parsePolicy(experiment.policy) ?? [];
    const count = Math.min(Number(experiment.twinImages), train.count);
    notices.clear('twins');
    this.running = true;
    this.count = count;
    this.seconds = 0;
    this.history.clear();
    this.version++;
    const stopping = (this.#stopping = new AbortController());
    const kept: { dispose(): void }[] = [];
    const keep = <T extends { dispose(): void }>(one: T): T => (kept.push(one), one);
    try {
      const images = keep(await train.slice(0, count));
      const probe = count <= PROBE_COUNT ? images : keep(await images.slice(0, PROBE_COUNT));
      const make = async () => keep(await striate.createModel(model.network, { seed: experiment.seed }));
      const models: Record<TwinName, Model> = { with: await make(), without: await make() };
      await this.#race(models, { images, probe, heldOut, policy, seconds: experiment.twinSeconds }, stopping.signal);
    } catch (error) {
      notices.fail('twins', error);
    } finally {
      for (const one of kept) one.dispose();
      this.running = false;
    }
  }

  async #race(models: Record<TwinName, Model>, setting: Setting, signal: AbortSignal): Promise<void> {
    const { images, probe, heldOut, policy, seconds } = setting;
    const { seed } = this.#lab.experiment;
    const began = performance.now();
    const clock = setInterval(() => (this.seconds = (performance.now() - began) / 1000), 200);
    try {
      for (let round = 0, epochs = 0; !signal.aborted && performance.now() < began + seconds * 1000; round++) {
        epochs += roundEpochs(round, images.count);
        const points: Partial<Record<TwinName, TwinPoint>> = {};
        for (const name of TWIN_NAMES) {
          const run = models[name].fit(images, {
            epochs,
            batchSize: BATCH_SIZE,
            seed,
            optimizer: { type: 'sgd', learningRate: LEARNING_RATE, momentum: 0.9 },
            ...(name === 'with' && { augmentation: policy }),
            ...(round > 0 && { resume: true }),
            signal,
          });
          await run.done;
          const unseen = await models[name].evaluate(heldOut, { signal });
          const training = await models[name].evaluate(probe, { signal });
          points[name] = { epoch: epochs, unseen: unseen.accuracy, training: training.accuracy };
        }
        this.history.add(points as Record<TwinName, TwinPoint>);
        this.seconds = (performance.now() - began) / 1000;
        this.version++;
      }
    } finally {
      clearInterval(clock);
    }
  }
}

interface Setting {
  readonly images: Dataset;
  readonly probe: Dataset;
  readonly heldOut: Dataset;
  readonly policy: PolicyJson;
  readonly seconds: number;
}
