/**
 * Jobs make way for a hand that draws or moves a slider.
 *
 * Whoever asks by topic shows the answers as they come, and needs the processor for that: on two cores, a training on
 * both makes a frame of the page twice as long. So after each such answer the jobs rest, long enough for a frame with
 * it; and lest they starve while the hand goes on, they get a slice now and then.
 */

/** A frame of the page, and half of the next. */
const REST_MS = 24;
/** Between two slices of a job while requests keep coming. */
const LONGEST_REST_MS = 48;

export class MakingWay {
  #until = -Infinity;
  #slicedAt = -Infinity;

  /** A request with a topic was answered at `now`. */
  answered(now: number): void {
    this.#until = now + REST_MS;
  }

  /** A slice ended at `now`. */
  sliced(now: number): void {
    this.#slicedAt = now;
  }

  /** For how many ms there should be no slice yet; ≤ 0: none. */
  left(now: number): number {
    return Math.min(this.#until, this.#slicedAt + LONGEST_REST_MS) - now;
  }
}
