/**
 * How much work fits into one slice.
 *
 * A slice is work that lets no message through, so it should last about `targetMs`. The cost of one unit (a training
 * step, an image) is estimated from the slices before; it follows a slowdown at once and a speedup over a few slices,
 * and a slice at most doubles the one before, so that one wrongly cheap measurement cannot make a long one.
 */
export class SliceTimer {
  readonly #targetMs: number;
  #unitMs = 0;
  #last = 0;

  constructor(targetMs: number) {
    this.#targetMs = targetMs;
  }

  /** Units for the next slice; ≥ `least`. */
  next(least = 1): number {
    if (this.#unitMs === 0) return Math.max(least, this.#last * 2);
    const wanted = Math.min(Math.floor(this.#targetMs / this.#unitMs), this.#last * 2);
    return Math.max(least, wanted);
  }

  /** The last slice did `units` in `ms`. */
  record(units: number, ms: number): void {
    this.#last = units;
    if (units === 0 || ms <= 0) return;
    const unitMs = ms / units;
    const slower = unitMs > this.#unitMs;
    this.#unitMs = this.#unitMs === 0 || slower ? unitMs : this.#unitMs + 0.3 * (unitMs - this.#unitMs);
  }
}
