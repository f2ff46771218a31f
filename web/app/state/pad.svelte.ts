/**
 * What is on the drawing pad, and what the network sees of it.
 *
 * The pad holds strokes, or one of the held-out images; for sets that nobody can draw, only those. A change makes the 28×28 bytes anew, raises `version` and calls
 * the listeners: at once, so that the network's answer is there by the next frame; when changes come faster than
 * {@link SOONEST_MS}, with the next frame.
 */
import { digitForm, FIELD } from '../draw/digit_form.js';
import { FIRST_STROKES, Rasteriser, type Stroke } from '../draw/strokes.js';

/** A held-out image on the pad, NCHW bytes of the shape of the set on stage. */
export interface Sample {
  readonly pixels: Uint8Array;
  readonly label: number;
}

const SOONEST_MS = 8;

export class Pad {
  strokes = $state.raw<readonly Stroke[]>(FIRST_STROKES);
  sample = $state.raw<Sample | null>(null);
  /** Whether the pad still shows what the page came with; the first stroke replaces it. */
  untouched = $state(true);
  /** Counts the changes of `pixels`. */
  version = $state(0);
  /** 28×28 bytes in MNIST's form, or those of the image. */
  pixels: Uint8Array = new Uint8Array(FIELD * FIELD);

  readonly #rasteriser = new Rasteriser();
  readonly #listeners = new Set<() => void>();
  #frame = 0;
  #formedAt = -Infinity;

  constructor() {
    this.#form();
  }

  get empty(): boolean {
    return this.strokes.length === 0 && this.sample === null;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sets the pen down at x, y (0…1). */
  begin(x: number, y: number): void {
    const kept = this.untouched || this.sample ? [] : this.strokes;
    this.untouched = false;
    this.sample = null;
    this.strokes = [...kept, [x, y]];
    this.#changed();
  }

  /** Moves the pen that is down through points x0, y0, x1, y1, … */
  extend(points: readonly number[]): void {
    const stroke = this.strokes[this.strokes.length - 1];
    if (!stroke || points.length === 0) return;
    stroke.push(...points);
    this.strokes = [...this.strokes];
    this.#changed();
  }

  /** Takes back the last stroke. */
  undo(): void {
    this.#replace(this.strokes.slice(0, -1), null);
  }

  clear(): void {
    this.#replace([], null);
  }

  show(sample: Sample): void {
    this.#replace([], sample);
  }

  /** As the page came. */
  reset(): void {
    this.#replace(FIRST_STROKES, null);
    this.untouched = true;
  }

  #replace(strokes: readonly Stroke[], sample: Sample | null): void {
    this.untouched = false;
    this.strokes = strokes;
    this.sample = sample;
    this.#changed();
  }

  #changed(): void {
    if (performance.now() >= this.#formedAt + SOONEST_MS) this.#tell();
    else this.#frame ||= requestAnimationFrame(this.#tell);
  }

  readonly #tell = (): void => {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#formedAt = performance.now();
    this.#form();
    for (const listener of this.#listeners) listener();
  };

  #form(): void {
    this.pixels = this.sample ? this.sample.pixels : digitForm(this.#rasteriser.raster(this.strokes));
    this.version++;
  }
}
