/**
 * "This is a 7": a wrong guess becomes training data, and can be taken back.
 *
 * A drawing is added once; calling it another digit before drawing on replaces what was said of it.
 */
import type { Notices } from './notices.svelte.js';
import type { Pad } from './pad.svelte.js';
import type { Training } from './training.svelte.js';
import type { Workbench } from './workbench.svelte.js';

export class Corrections {
  /** The last thing done, for the line below the buttons. */
  last = $state.raw<{ kind: 'added'; label: number; version: number } | { kind: 'undone' } | null>(null);
  busy = $state(false);

  readonly #bench: Workbench;
  readonly #training: Training;
  readonly #pad: Pad;
  readonly #notices: Notices;

  constructor(bench: Workbench, training: Training, pad: Pad, notices: Notices) {
    this.#bench = bench;
    this.#training = training;
    this.#pad = pad;
    this.#notices = notices;
  }

  get count(): number {
    return this.#bench.corrections.length;
  }

  /** Whether the drawing on the pad may be added: the person's own, with digits loaded. Held-out digits may not. */
  get possible(): boolean {
    return this.#bench.ready && !this.#pad.empty && this.#pad.sample === null && !this.busy;
  }

  /** The digit the drawing on the pad was added as. */
  get saidNow(): number | null {
    return this.last?.kind === 'added' && this.last.version === this.#pad.version ? this.last.label : null;
  }

  add(label: number): Promise<void> {
    return this.#exclusively(async () => {
      if (this.saidNow === label) return;
      const { pixels, version } = this.#pad;
      if (this.saidNow !== null) await this.#training.withOtherData(() => this.#bench.undoCorrection());
      await this.#bench.correct({ pixels, label });
      this.last = { kind: 'added', label, version };
    });
  }

  undo(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.count === 0) return;
      await this.#training.withOtherData(() => this.#bench.undoCorrection());
      this.last = { kind: 'undone' };
    });
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.#notices.clear('data');
    try {
      await work();
    } catch (error) {
      this.#notices.fail('data', error);
    } finally {
      this.busy = false;
    }
  }
}
