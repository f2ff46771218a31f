/**
 * Views at test time: the image on stage in several views, what the network reads in each and in all together, and what
 * that does to the accuracy on the held-out images. Sets and merges are the engine's.
 */
import type { Dataset, ImageBatch, TestTimeViews, ViewMerge } from 'striate';
import type { Experiment } from './experiment.js';
import type { Laboratory } from './laboratory.svelte.js';
import { parsePolicy } from './policy.js';

/** A moving pen is not followed by the views. */
const PEN_RESTS_MS = 120;
/** Views drawn from a policy, beside the image itself. */
export const DRAWN_VIEWS = 8;
/** `tenCrop` cuts its views out of an image with a border of so many pixels on each side, which is added for it. */
const BORDER = 2;

export interface Reading {
  readonly probabilities: Float32Array;
  /** The most probable class. */
  readonly best: number;
}

export interface SeenView extends Reading {
  readonly data: Uint8Array | Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
}

export interface Seen {
  readonly views: readonly SeenView[];
  readonly merged: Reading;
}

export interface Measured {
  readonly plain: number;
  readonly merged: number;
  readonly images: number;
  readonly set: Experiment['views'];
  readonly merge: ViewMerge;
  /** Of the training on stage. */
  readonly step: number;
}

export class TestViews {
  seen = $state.raw<Seen | null>(null);
  measured = $state.raw<Measured | null>(null);
  measuring = $state(false);

  readonly #lab: Laboratory;
  #measurement: AbortController | null = null;
  /** The held-out images with a border, made when `tenCrop` first needs them. */
  #bordered: { readonly of: Dataset; readonly made: Dataset } | null = null;

  constructor(lab: Laboratory) {
    this.#lab = lab;
  }

  /** Follows the pad until the function given back is called. */
  open(): () => void {
    let resting: ReturnType<typeof setTimeout> | undefined;
    const endPad = this.#lab.pad.onChange(() => {
      clearTimeout(resting);
      resting = setTimeout(() => void this.look(), PEN_RESTS_MS);
    });
    return () => {
      endPad();
      clearTimeout(resting);
    };
  }

  /** Shows the image on stage in its views. Of several that wait, the latest is answered. */
  async look(): Promise<void> {
    const { bench, pad, notices, experiment } = this.#lab;
    const { model } = bench;
    if (!model) return;
    try {
      const image: ImageBatch = { data: pad.pixels, shape: [1, ...model.inputShape] };
      const larger = experiment.views === 'tenCrop' ? await this.#withBorder(image) : image;
      const options = { tta: this.#views(), perView: true, topic: 'views' };
      const { probabilities, views } = await model.predict(larger, options);
      if (!views || model !== bench.model) return;
      const [, ...shape] = views.images.shape;
      const size = shape[0] * shape[1] * shape[2];
      this.seen = {
        merged: reading(probabilities),
        views: Array.from({ length: views.count }, (_, k) => ({
          ...reading(views.probabilities.subarray(k * model.classes, (k + 1) * model.classes)),
          data: views.images.data.subarray(k * size, (k + 1) * size),
          shape,
        })),
      };
      notices.clear('views');
    } catch (error) {
      if (bench.engine === 'ready') notices.fail('views', error);
    }
  }

  /** Measures the accuracy on the held-out images, as they are and in views. A newer measurement ends an older one. */
  async measure(): Promise<void> {
    const { bench, notices, experiment, training } = this.#lab;
    const { model, heldOut } = bench;
    if (!model || !heldOut) return;
    this.#measurement?.abort();
    const mine = (this.#measurement = new AbortController());
    const { signal } = mine;
    this.measuring = true;
    try {
      const [tta, set, merge, step] = [this.#views(), experiment.views, experiment.merge, training.progress.now.step];
      const images = set === 'tenCrop' ? await this.#borderedHeldOut(heldOut) : heldOut;
      const plain = await model.evaluate(heldOut, { signal });
      const merged = await model.evaluate(images, { tta, signal });
      this.measured = {
        plain: plain.accuracy,
        merged: merged.accuracy,
        images: merged.images,
        set,
        merge,
        step,
      };
    } catch (error) {
      // A model that was reset under it is no news.
      if (model === bench.model && !signal.aborted && bench.engine === 'ready') notices.fail('views', error);
    } finally {
      if (this.#measurement === mine) this.measuring = false;
    }
  }

  #views(): TestTimeViews {
    const { views, merge, policy, seed } = this.#lab.experiment;
    if (views !== 'policy') return { set: views, merge };
    return { policy: parsePolicy(policy) ?? [], views: DRAWN_VIEWS, seed, merge };
  }

  async #withBorder(image: ImageBatch): Promise<ImageBatch> {
    const policy = await this.#lab.bench.striate!.augmentation(border(image.shape));
    const { images } = await policy.apply(image);
    return { data: images.data as Uint8Array, shape: images.shape! };
  }

  async #borderedHeldOut(heldOut: Dataset): Promise<Dataset> {
    if (this.#bordered?.of !== heldOut) {
      this.#bordered?.made.dispose();
      const made = await heldOut.augment(border([1, ...heldOut.shape]), { includeOriginal: false });
      this.#bordered = { of: heldOut, made };
    }
    return this.#bordered.made;
  }
}

/** Most probable class of one image. */
function reading(probabilities: Float32Array): Reading {
  return { probabilities, best: probabilities.indexOf(Math.max(...probabilities)) };
}

function border([, , height, width]: ImageBatch['shape']) {
  return [{ type: 'PadIfNeeded', min_height: height + 2 * BORDER, min_width: width + 2 * BORDER, p: 1 }];
}
