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
import { rateOf } from './network.js';
import { Notices, type Place } from './notices.svelte.js';
import { OwnDigits } from './own_digits.svelte.js';
import { Pad } from './pad.svelte.js';
import { SetMissing, SOURCES, type SetSource } from './sets.js';
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
  /** Images on their way to the stage. */
  opening = $state.raw<SetSource | null>(null);
  /** Images of the person's own, in place of those the address names. */
  #own: SetSource | null = null;
  #onStage: SetSource | null = null;
  /** Changes of images and network, one after another. */
  #changes: Promise<void> = Promise.resolve();
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
    const { seed, network } = this.experiment;
    this.#onStage = this.#wanted();
    const failure = await this.bench.open(seed, network, this.#onStage);
    if (failure) {
      this.#onStage = null;
      this.experiment.data = 'digits';
      this.#tellUnopened('data', failure);
    }
    if (this.bench.model) await this.#lookAgain();
    this.training.startIfWanted();
  }

  /** Changes settings: the address follows, and so does a training under way. */
  set(change: Partial<Experiment>): void {
    Object.assign(this.experiment, change);
    this.#writeAddress();
    this.#apply(change);
  }

  #writeAddress(): void {
    history.replaceState(null, '', formatExperiment(this.experiment) || location.pathname + location.search);
  }

  speak(code: LanguageCode): void {
    this.set({ language: code });
  }

  toggleTheme(): void {
    this.set({ theme: this.theme === 'dark' ? 'light' : 'dark' });
  }

  /** Asks the network about the drawing; of several that wait, the library serves the latest. */
  async ask(): Promise<void> {
    const { model, stage } = this.bench;
    const { pixels, version } = this.pad;
    if (!model || !stage) return;
    const [channels, height, width] = model.inputShape;
    if (pixels.length !== channels * height * width) return; // of images that leave the stage
    try {
      const image = { data: pixels, shape: [1, channels, height, width] as const };
      const answer = await model.inspect(image, { layers: stage.layers, topic: 'pad' });
      // Not of a network that was replaced meanwhile.
      if (model === this.bench.model) this.live.takeInspection(answer, pixels, version);
    } catch (error) {
      if (model === this.bench.model && this.bench.engine === 'ready') this.notices.fail('engine', error);
    }
  }

  /** Asks anew, for the weights too: the network is another one. */
  async askAgain(): Promise<void> {
    const { model, stage } = this.bench;
    const weights = model?.parameters(stage!.weights).then((tensors) => this.live.takeWeights(tensors));
    await Promise.all([this.ask(), weights?.catch(() => {})]);
  }

  async reset(): Promise<void> {
    await this.training.reset();
    await this.askAgain();
  }

  /** Puts one of the held-out images on the pad. */
  async showUnseen(): Promise<void> {
    try {
      const sample = await this.bench.unseenDigit();
      if (sample) this.pad.show(sample);
    } catch (error) {
      this.notices.fail('data', error);
    }
  }

  /** Puts other images or another network on stage. A learning rate that nobody has touched goes with them. */
  choose(change: Partial<Pick<Experiment, 'data' | 'network'>>): void {
    const { data, network, learningRate } = this.experiment;
    const untouched = learningRate === rateOf(network, data);
    const rate = rateOf(change.network ?? network, change.data ?? data);
    this.set({ ...change, ...(untouched && rate !== learningRate && { learningRate: rate }) });
  }

  /** Puts images of the person's own on stage: CIFAR-10 or any IDX files. */
  async openFiles(files: readonly File[]): Promise<void> {
    if (files.length === 0 || !this.bench.ready) return;
    this.notices.clear('images');
    try {
      const { ownSet } = await import('./own_set.js');
      this.#own = await ownSet(files);
      await this.#change();
    } catch (error) {
      this.notices.fail('images', error);
    }
  }

  /** Takes files dropped anywhere on the page: IDX files are digits as long as digits are on stage. */
  drop(files: readonly File[]): Promise<void> {
    const digits =
      this.bench.set.name === 'digits' && !files.some(({ name }) => /cifar|\.tar|\.tgz|\.bin\b/i.test(name));
    return digits ? this.ownDigits.take(files) : this.openFiles(files);
  }

  /** Puts the images and the network on stage that are asked for. What fails leaves everything as it was. */
  #change(): Promise<void> {
    this.#changes = this.#changes.then(async () => {
      const { network } = this.experiment;
      const source = this.#wanted();
      const before = this.#onStage;
      if (!this.bench.striate || (source === before && network === this.bench.stage?.network)) return;
      this.opening = source;
      this.notices.clear('images');
      try {
        // The training goes on while the images are opened.
        const opened = source && source !== before ? await source.open(this.bench.striate) : null;
        await this.training.reset(network, async () => {
          if (opened) this.bench.takeSet(source!, opened);
          else if (source !== before) await this.bench.backToDigits();
        });
      } catch (error) {
        this.#own = null;
        const named = this.bench.set.name;
        if (named === 'digits' || named === 'shapes' || named === 'fashion') this.experiment.data = named;
        this.#writeAddress();
        this.#tellUnopened('images', error);
        return;
      } finally {
        this.opening = null;
      }
      this.#onStage = source;
      this.live.clear();
      if (source === before) return this.askAgain();
      if (!source) this.pad.reset();
      await this.#lookAgain();
    });
    return this.#changes;
  }

  #wanted(): SetSource | null {
    const { data } = this.experiment;
    return this.#own ?? (data === 'digits' ? null : SOURCES[data]);
  }

  /** Asks about what is on the pad; where nobody can draw, that is one of the held-out images. */
  async #lookAgain(): Promise<void> {
    if (this.bench.set.name !== 'digits') await this.showUnseen();
    await this.askAgain();
  }

  #tellUnopened(place: Place, error: unknown): void {
    if (!(error instanceof SetMissing)) return this.notices.fail(place, error);
    this.notices.show(place, {
      kind: 'error',
      text: () => t('data.missing'),
      hint: () => t('data.missing.hint'),
    });
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
  #apply(changed: Partial<Experiment>): void {
    const { language: code, theme, seed, learningRate, batchSize, augment, policy, data, network } = changed;
    if (code) language.use(code);
    if (theme) this.#applyTheme();
    if (data !== undefined) this.#own = null;
    if (data !== undefined || network !== undefined) void this.#change();
    else if (seed !== undefined) void this.reset();
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
