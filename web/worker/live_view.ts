/**
 * The live view of a training: activations of one image and chosen parameters, taken between slices.
 *
 * Cost: a frame's time is measured, and the next one comes no sooner than that time divided by `maxShare`, so the view
 * takes at most that share of the training time whatever the network.
 */
import type { CheckedSession } from './checked_session.js';
import type { WireFrame, WireWatch } from './protocol.js';

export class LiveView {
  readonly #session: CheckedSession;
  readonly #model: number;
  readonly #now: () => number;
  readonly #watch: WireWatch;
  #nextAt: number;

  /** Takes a first frame to see that image, layers and parameters exist. @throws what `inspect` and `parameters` throw */
  constructor(session: CheckedSession, model: number, watch: WireWatch, now: () => number) {
    this.#session = session;
    this.#model = model;
    this.#watch = watch;
    this.#now = now;
    this.#take(0);
    this.#nextAt = now();
  }

  due(): boolean {
    return this.#now() >= this.#nextAt;
  }

  frame(step: number): WireFrame {
    const start = this.#now();
    const frame = this.#take(step);
    const end = this.#now();
    this.#nextAt = end + Math.max(this.#watch.everyMs, (end - start) / this.#watch.maxShare);
    return frame;
  }

  #take(step: number): WireFrame {
    const { pixels, layers, parameters } = this.#watch;
    return {
      step,
      inspection: pixels && this.#session.inspect(this.#model, pixels, layers),
      parameters: parameters.length > 0 ? this.#session.parameters(this.#model, parameters) : null,
    };
  }
}

/** The buffers of a frame, to be transferred. */
export function frameBuffers(frame: WireFrame | null): ArrayBufferLike[] {
  if (!frame) return [];
  return [frame.inspection, frame.parameters].flatMap((part) => (part ? [part.floats.buffer] : []));
}
