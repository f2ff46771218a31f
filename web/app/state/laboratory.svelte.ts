/**
 * The lab as one thing: the experiment and its address, the pad, the workbench, the training, the live numbers.
 *
 * The rooms below know each other only through what is handed to them here.
 */
import type { Theme } from '../draw/colour_maps.js';
import { language, t, type LanguageCode } from '../messages/language.svelte.js';
import { Corrections } from './corrections.svelte.js';
import { formatExperiment, parseExperiment, type Experiment } from './experiment.js';
import { Live } from './live.svelte.js';
import { SHOWN_LAYERS, SHOWN_WEIGHTS } from './network.js';
import { Notices } from './notices.svelte.js';
import { OwnDigits } from './own_digits.svelte.js';
import { Pad } from './pad.svelte.js';
import { Training } from './training.svelte.js';
import { Workbench } from './workbench.svelte.js';

const POLICY_RESTS_MS = 300;

export class Laboratory {
  readonly experiment: Experiment = $state(parseExperiment(location.hash));
  /** The theme in force, whether chosen or the system's. */
  theme = $state<Theme>('light');
  readonly notices = new Notices();
  readonly pad = new Pad();
  readonly live = new Live();
  readonly bench: Workbench;
  readonly training: Training;
  readonly corrections: Corrections;
  readonly ownDigits: OwnDigits;

  #policyTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #systemDark = matchMedia('(prefers-color-scheme: dark)');

  constructor() {
    this.bench = new Workbench(this.notices, () => this.#recovered());
    this.training = new Training(this.experiment, this.bench, this.pad, this.live, this.notices);
    this.corrections = new Corrections(this.bench, this.training, this.pad, this.notices);
    this.ownDigits = new OwnDigits(this.bench, this.training, this.notices);
    language.use(this.experiment.language);
    this.#applyTheme();
    this.#systemDark.addEventListener('change', () => this.#applyTheme());
    addEventListener('hashchange', () => this.#followAddress());
    this.pad.onChange(() => void this.ask());
  }

  async open(): Promise<void> {
    const opening = this.bench.open(this.experiment.seed);
    await opening;
    if (this.bench.model) await this.askAgain();
    this.training.startIfWanted();
  }

  /** Changes settings: the address follows, and so does a training under way. */
  set(change: Partial<Experiment>): void {
    Object.assign(this.experiment, change);
    history.replaceState(null, '', formatExperiment(this.experiment) || location.pathname + location.search);
    this.#apply(change);
  }

  speak(code: LanguageCode): void {
    this.set({ language: code });
  }

  toggleTheme(): void {
    this.set({ theme: this.theme === 'dark' ? 'light' : 'dark' });
  }

  /** Asks the network about the drawing; of several that wait, the library serves the latest. */
  async ask(): Promise<void> {
    const { model } = this.bench;
    const { pixels, version } = this.pad;
    if (!model) return;
    try {
      const image = { data: pixels, shape: [1, 1, 28, 28] as const };
      const answer = await model.inspect(image, { layers: SHOWN_LAYERS, topic: 'pad' });
      // Not of a network that was replaced meanwhile.
      if (model === this.bench.model) this.live.takeInspection(answer, pixels, version);
    } catch (error) {
      if (model === this.bench.model && this.bench.engine === 'ready') this.notices.fail('engine', error);
    }
  }

  /** Asks anew, for the weights too: the network is another one. */
  async askAgain(): Promise<void> {
    const weights = this.bench.model?.parameters(SHOWN_WEIGHTS).then((tensors) => this.live.takeWeights(tensors));
    await Promise.all([this.ask(), weights?.catch(() => {})]);
  }

  async reset(): Promise<void> {
    await this.training.reset();
    await this.askAgain();
  }

  /** Puts one of the held-out digits on the pad. */
  async showUnseen(): Promise<void> {
    try {
      const sample = await this.bench.unseenDigit();
      if (sample) this.pad.show(sample);
    } catch (error) {
      this.notices.fail('data', error);
    }
  }

  #recovered(): void {
    this.notices.show('engine', { kind: 'note', text: () => t('notice.recovered') });
    this.training.goOn();
    void this.askAgain();
  }

  #followAddress(): void {
    const asked = Object.entries(parseExperiment(location.hash));
    const change = Object.fromEntries(
      asked.filter(([key, value]) => this.experiment[key as keyof Experiment] !== value),
    );
    Object.assign(this.experiment, change);
    this.#apply(change);
  }

  /** Does what changed settings ask for. */
  #apply({ language: code, theme, seed, learningRate, batchSize, augment, policy }: Partial<Experiment>): void {
    if (code) language.use(code);
    if (theme) this.#applyTheme();
    if (seed !== undefined) void this.reset();
    if (learningRate !== undefined) void this.training.configure({ learningRate });
    if (batchSize !== undefined) void this.training.configure({ batchSize });
    if (augment !== undefined || (policy !== undefined && this.experiment.augment === 'on')) this.#changeAugmentation();
  }

  /** A slider moves through many policies: the training takes the one it rests at. */
  #changeAugmentation(): void {
    clearTimeout(this.#policyTimer);
    this.#policyTimer = setTimeout(() => void this.training.changeAugmentation(), POLICY_RESTS_MS);
  }

  #applyTheme(): void {
    const { theme } = this.experiment;
    this.theme = theme === 'auto' ? (this.#systemDark.matches ? 'dark' : 'light') : theme;
    document.documentElement.dataset['theme'] = this.theme;
    this.live.redraw();
  }
}
