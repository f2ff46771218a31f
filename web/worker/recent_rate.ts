/** Things a second over about the last `overMs` of the time that is counted: what lies further back fades. */
export class RecentRate {
  readonly #overMs: number;
  #things = 0;
  #ms = 0;

  constructor(overMs: number) {
    this.#overMs = overMs;
  }

  /** `things` more were done in `ms` more. */
  add(things: number, ms: number): void {
    const kept = Math.exp(-ms / this.#overMs);
    this.#things = kept * this.#things + things;
    this.#ms = kept * this.#ms + ms;
  }

  /** 0 before anything was done. */
  get perSecond(): number {
    return this.#ms > 0 ? (1000 * this.#things) / this.#ms : 0;
  }
}
