/**
 * The augmentation room: a policy being edited, the image on stage under 24 draws of it, and the batch in training.
 *
 * The policy lives in the experiment, and so in the address. Each change is read by the engine, which tells all its
 * options or what is wrong with it, and then draws in one call; of changes that come while it draws, the latest is next.
 */
import { StriateError, type DrawnStep, type PolicyNode, type TrainingBatch, type TransformInfo } from 'striate';
import type { Laboratory } from './laboratory.svelte.js';
import { formatPolicy, parsePolicy, stepsOf, writePolicy, type Step } from './policy.js';

export const DRAWS = 24;
/** Of a batch; a larger one is shown by its first images. */
export const BATCH_SHOWN = 64;
const BATCH_EVERY_MS = 400;
/** A moving pen is not followed by the draws. */
const PEN_RESTS_MS = 120;

export interface Draw {
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly data: Uint8Array | Float32Array;
  readonly log: readonly DrawnStep[];
}

export interface ShownBatch {
  readonly batch: TrainingBatch;
  /** The same images as the training data has them. */
  readonly originals: Uint8Array | Float32Array;
  readonly augmented: boolean;
}

export class Augmenting {
  transforms = $state.raw<readonly TransformInfo[]>([]);
  /** All options of each step, as the engine understood the policy in force. */
  full = $state.raw<readonly PolicyNode[]>([]);
  draws = $state.raw<readonly Draw[]>([]);
  /** What the engine said of the policy as it stands; null when it is good. */
  error = $state.raw<{ readonly message: string; readonly hint: string } | null>(null);
  /** What stands in the JSON field. */
  text = $state('');
  /** Decides the draws. */
  seed = $state(0);
  batch = $state.raw<ShownBatch | null>(null);
  /** Whether originals are shown in place of what became of them. */
  originals = $state(false);

  readonly #lab: Laboratory;
  #history = $state.raw<readonly string[]>([]);
  #busy = false;
  #stale = false;
  /** The policy that `text` was last written for. */
  #written = '';

  constructor(lab: Laboratory) {
    this.#lab = lab;
  }

  /** The policy as it is edited. */
  get steps(): readonly Step[] {
    return parsePolicy(this.#lab.experiment.policy) ?? [];
  }

  get canUndo(): boolean {
    return this.#history.length > 0;
  }

  /** Follows pad, policy and training until the function given back is called. */
  open(): () => void {
    let resting: ReturnType<typeof setTimeout> | undefined;
    const endPad = this.#lab.pad.onChange(() => {
      clearTimeout(resting);
      resting = setTimeout(() => this.draw(), PEN_RESTS_MS);
    });
    const looking = setInterval(() => void this.#look(), BATCH_EVERY_MS);
    void this.#learn();
    return () => {
      endPad();
      clearTimeout(resting);
      clearInterval(looking);
    };
  }

  /** Puts a policy in the place of the one there is; `undo` brings that back. Moves of one slider are one change. */
  change(steps: readonly Step[], { sameMove = false } = {}): void {
    const before = this.#lab.experiment.policy;
    const after = formatPolicy(steps);
    if (after === before) return;
    if (!sameMove) this.#history = [...this.#history.slice(-99), before];
    this.#lab.set({ policy: after });
  }

  undo(): void {
    const before = this.#history.at(-1);
    if (before === undefined) return;
    this.#history = this.#history.slice(0, -1);
    this.#lab.set({ policy: before });
  }

  /** Takes what was written or pasted. JSON that no policy can be is told beside the field, and changes nothing. */
  write(text: string): void {
    this.text = text;
    try {
      const steps = stepsOf(JSON.parse(text));
      this.#written = formatPolicy(steps);
      this.change(steps);
    } catch {
      void this.#tell(text);
    }
  }

  again(): void {
    this.seed = (this.seed + 1) % 2 ** 32;
  }

  /** Draws anew, now or when the draws under way are done. */
  draw(): void {
    const { policy } = this.#lab.experiment;
    if (policy !== this.#written) {
      this.#written = policy;
      this.text = writePolicy(this.steps);
    }
    this.#stale = true;
    if (!this.#busy) void this.#drawAll();
  }

  async #learn(): Promise<void> {
    try {
      this.transforms = (await this.#lab.bench.striate?.transforms()) ?? [];
    } catch (error) {
      this.#fail(error);
    }
  }

  async #drawAll(): Promise<void> {
    this.#busy = true;
    while (this.#stale) {
      this.#stale = false;
      try {
        await this.#drawOnce();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#busy = false;
  }

  async #drawOnce(): Promise<void> {
    const { striate, model } = this.#lab.bench;
    if (!striate || !model) return;
    const { pixels } = this.#lab.pad;
    const policy = await striate.augmentation(this.steps);
    const full = stepsOf(policy.toJSON());
    const shape = [1, ...model.inputShape] as const;
    const samples = Array.from({ length: DRAWS }, (_, k) => k);
    const { images, log } = await policy.apply({ data: pixels, shape }, { seed: this.seed, samples });
    let from = 0;
    this.draws = images.shapes.map((one, k) => {
      const size = one[0] * one[1] * one[2];
      const data = images.data.subarray(from, (from += size));
      return { shape: one, data, log: log[k] ?? [] };
    });
    this.full = full;
    this.error = null;
  }

  /** Has the engine say what is wrong with a text. */
  async #tell(text: string): Promise<void> {
    try {
      (await this.#lab.bench.striate?.augmentation(text))?.dispose();
    } catch (error) {
      if (text === this.text) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof StriateError) this.error = { message: error.message, hint: error.hint };
    else this.error = { message: String(error), hint: '' };
  }

  /** Fetches the batch that is being trained on. */
  async #look(): Promise<void> {
    const { training, bench, experiment } = this.#lab;
    if (training.phase === 'idle') this.batch = null;
    if (training.phase !== 'running' || !bench.train) return;
    const augmented = experiment.augment === 'on';
    try {
      const batch = await training.batch();
      if (!batch || batch.step === this.batch?.batch.step) return;
      const originals = await bench.train.images(batch.indices.slice(0, BATCH_SHOWN));
      this.batch = { batch, originals: originals.data, augmented };
    } catch {
      // The training ended, or its data was replaced, while this was on its way: the next look is at what follows.
    }
  }
}
