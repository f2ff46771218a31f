/**
 * What the data room shows: held-out images of the set on stage, and what the network makes of each of them.
 *
 * The images are copied from the engine once for each set. The predictions are the engine's own, asked for in small
 * batches so that a training under way and the pad are answered between them; they belong to the weights of that moment.
 */
import type { Model } from 'striate';
import type { Notices } from './notices.svelte.js';
import type { Workbench } from './workbench.svelte.js';

/** Images looked through at most. */
const MOST = 1000;
const BATCH = 40;

export interface Pictures {
  readonly count: number;
  readonly labels: readonly number[];
  /** NCHW, bytes 0…255. */
  readonly data: Uint8Array;
  /** Bytes an image. */
  readonly each: number;
}

/** An image taken for something else. */
export interface Mistake {
  readonly index: number;
  readonly label: number;
  readonly read: number;
  /** The probability of `read`. */
  readonly share: number;
}

export class Gallery {
  pictures = $state.raw<Pictures | null>(null);
  /** All mistakes, those it was surest of first; null before it was asked. */
  mistakes = $state.raw<readonly Mistake[] | null>(null);
  looking = $state(false);

  readonly #bench: Workbench;
  readonly #notices: Notices;
  #turn = 0;

  constructor(bench: Workbench, notices: Notices) {
    this.#bench = bench;
    this.#notices = notices;
  }

  /** Copies images of the set that is now on stage. */
  async load(): Promise<void> {
    this.forget();
    this.pictures = null;
    const { heldOut } = this.#bench;
    if (!heldOut) return;
    const turn = this.#turn;
    try {
      const count = Math.min(MOST, heldOut.count);
      const { data, labels } = await heldOut.images(Array.from({ length: count }, (_, k) => k));
      if (turn !== this.#turn) return;
      const bytes = data instanceof Uint8Array ? data : Uint8Array.from(data, (value) => value * 255);
      this.pictures = { count, labels: [...labels], data: bytes, each: bytes.length / count };
    } catch (error) {
      if (turn === this.#turn) this.#notices.fail('images', error);
    }
  }

  /** Lets the network look at all of them. A later call takes the place of an earlier one. */
  async look(): Promise<void> {
    const { pictures } = this;
    const { model } = this.#bench;
    if (!pictures || !model) return;
    const turn = ++this.#turn;
    this.looking = true;
    try {
      const mistakes = await this.#mistakes(pictures, model, () => turn === this.#turn);
      if (turn === this.#turn) this.mistakes = mistakes;
    } catch (error) {
      // The network may have been replaced meanwhile.
      if (turn === this.#turn && model === this.#bench.model) this.#notices.fail('images', error);
    } finally {
      if (turn === this.#turn) this.looking = false;
    }
  }

  /** The network is another one, or knows nothing yet. */
  forget(): void {
    this.#turn++;
    this.mistakes = null;
    this.looking = false;
  }

  async #mistakes(pictures: Pictures, model: Model, wanted: () => boolean): Promise<Mistake[]> {
    const { data, each, labels } = pictures;
    const found: Mistake[] = [];
    for (let first = 0; first < pictures.count && wanted(); first += BATCH) {
      const n = Math.min(BATCH, pictures.count - first);
      const shape = [n, ...model.inputShape] as const;
      const { probabilities } = await model.predict({ data: data.subarray(first * each, (first + n) * each), shape });
      const classes = probabilities.length / n;
      for (let k = 0; k < n; k++) {
        let read = 0;
        for (let c = 1; c < classes; c++)
          if (probabilities[k * classes + c]! > probabilities[k * classes + read]!) read = c;
        const label = labels[first + k]!;
        if (read !== label) found.push({ index: first + k, label, read, share: probabilities[k * classes + read]! });
      }
    }
    return found.sort((a, b) => b.share - a.share);
  }
}
