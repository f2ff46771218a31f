/**
 * The latest numbers of the network, and who draws them.
 *
 * Activations and weights arrive as fast as the engine gives them; whoever draws is called once an animation frame,
 * with whatever is newest. So views cost nothing between frames and never fall behind. Only what text needs (the
 * probabilities and the ends of the scales) is reactive, and changes no faster than it can be read: text is what makes
 * a page lay itself out again. A new drawing is answered at once.
 */
import type { InspectionResult, NamedTensor } from 'striate';
import { largest, largestMagnitude } from '../draw/paint.js';

/** Numbers with the end of their colour scale: the largest value, or for weights the largest magnitude. */
export interface Scaled {
  readonly data: Float32Array;
  readonly end: number;
}

type Numbers = Record<string, Scaled | undefined>;

/** Probabilities of the same drawing, and the scales, are written out this often at most. */
const WRITE_EVERY_MS = 120;

export class Live {
  layers: Numbers = {};
  weights: Numbers = {};
  /** What the activations were computed from. */
  pixels: Uint8Array = new Uint8Array();

  /** One probability a class; null before the first answer. */
  probabilities = $state.raw<Float32Array | null>(null);
  /** `Pad.version` that the probabilities belong to. */
  version = $state(0);
  /** Ends of the scales, for the legends. */
  ends = $state.raw<Record<string, number | undefined>>({});

  readonly #drawers = new Set<() => void>();
  #latest: { probabilities: Float32Array; version: number } | null = null;
  #frame = 0;
  #writtenAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `draw` once now and at each frame with news; returns what ends that. */
  onFrame(draw: () => void): () => void {
    this.#drawers.add(draw);
    draw();
    return () => this.#drawers.delete(draw);
  }

  /** Draws everything again, e.g. in another theme. */
  redraw = (): void => {
    this.#frame ||= requestAnimationFrame(this.#draw);
  };

  /** Takes the network's answer to `pixels`. An answer to an older drawing than the one shown is dropped. */
  takeInspection(inspection: InspectionResult, pixels: Uint8Array, version: number): void {
    if (this.#latest && version < this.#latest.version) return;
    for (const { name, data } of inspection.layers) this.layers[name] = { data, end: largest(data) };
    this.pixels = pixels;
    this.#latest = { probabilities: inspection.probabilities, version };
    this.redraw();
  }

  takeWeights(tensors: readonly NamedTensor[]): void {
    for (const { name, data } of tensors) this.weights[name] = { data, end: largestMagnitude(data) };
    this.redraw();
  }

  /** Forgets the numbers of a network that has left the stage. */
  clear(): void {
    this.layers = {};
    this.weights = {};
    this.probabilities = null;
    this.#latest = null;
    this.ends = {};
  }

  /** The most probable class; null before the first answer. */
  get guess(): { digit: number; share: number } | null {
    if (!this.probabilities) return null;
    let digit = 0;
    for (let k = 1; k < this.probabilities.length; k++)
      if (this.probabilities[k]! > this.probabilities[digit]!) digit = k;
    return { digit, share: this.probabilities[digit]! };
  }

  readonly #draw = (): void => {
    this.#frame = 0;
    for (const draw of this.#drawers) draw();
    const wait = this.#writtenAt + WRITE_EVERY_MS - performance.now();
    if (wait <= 0 || this.#latest?.version !== this.version) this.#write();
    else this.#timer ??= setTimeout(this.#write, wait + WRITE_EVERY_MS); // should no frame follow
  };

  readonly #write = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writtenAt = performance.now();
    if (this.#latest) {
      this.probabilities = this.#latest.probabilities;
      this.version = this.#latest.version;
    }
    const numbers = Object.entries({ ...this.layers, ...this.weights });
    this.ends = Object.fromEntries(numbers.map(([name, scaled]) => [name, scaled?.end]));
  };
}
