/**
 * What the lab works with: the engine, the network, the training data, the held-out digits.
 *
 * The engine opens first, so that the network answers the pad while the digits still arrive. Another set of images, and
 * another network, take their place on request. When a worker dies the
 * library starts another and puts everything back; this room says so.
 */
import { loadStriate, type Dataset, type Model, type Striate } from 'striate';
import { t } from '../messages/language.svelte.js';
import { fetchDigits, HELD_OUT_COUNT, TRAIN_COUNT, type IdxPair } from './digits.js';
import { CLASSES, LENET, stageOf, type NetworkName, type Stage } from './network.js';
import type { Notices } from './notices.svelte.js';
import type { Sample } from './pad.svelte.js';
import { DIGITS, type OpenSet, type SetInfo, type SetSource } from './sets.js';

/** A person's drawing with the digit they say it is. */
export interface Correction {
  readonly pixels: Uint8Array;
  readonly label: number;
}

/** What belongs to the digits, kept while other images are on stage. */
interface KeptDigits {
  readonly train: Dataset;
  readonly heldOut: Dataset;
  readonly ownName: string | null;
  readonly baseCount: number;
  readonly corrections: readonly Correction[];
}

const REVIVE_TIMES = 3;
const REVIVE_WITHIN_MS = 30_000;

export class Workbench {
  engine = $state<'starting' | 'ready' | 'recovering' | 'lost'>('starting');
  /** Whether the images on stage are there. */
  digits = $state<'loading' | 'ready' | 'failed'>('loading');
  /** Share of the digits' bytes that arrived. */
  arrived = $state(0);
  model = $state.raw<Model | null>(null);
  /** The images on stage. */
  set = $state.raw<SetInfo>(DIGITS);
  /** How many of them are held out. */
  heldOutCount = $state(HELD_OUT_COUNT);
  /** What the stage shows of the network; null before there is one. */
  stage = $state.raw<Stage | null>(null);
  /** Name of the person's own training data; null for MNIST. */
  ownName = $state<string | null>(null);
  /** Images in the training data without the corrections. */
  baseCount = $state(TRAIN_COUNT);
  corrections = $state.raw<readonly Correction[]>([]);
  memory = $state(0);

  striate: Striate | null = null;
  train: Dataset | null = null;
  heldOut: Dataset | null = null;

  readonly #notices: Notices;
  readonly #onRecovered: () => void;
  /** MNIST's training digits, kept while the person's own are in use. */
  #mnist: Dataset | null = null;
  #digits: KeptDigits | null = null;
  #nextSample = 0;
  /** When the engine was lost of late. */
  #lostAt: number[] = [];

  constructor(notices: Notices, onRecovered: () => void) {
    this.#notices = notices;
    this.#onRecovered = onRecovered;
  }

  get ready(): boolean {
    return this.engine === 'ready' && this.digits === 'ready' && this.model !== null;
  }

  /**
   * Loads engine, network and digits, or instead of these the images of `source`. Failures end as notices, but for images
   * that could not be opened: then the digits stand in, and what was thrown is the answer.
   */
  async open(seed: number, network: NetworkName, source: SetSource | null): Promise<unknown> {
    let digits = source ? null : fetchDigits((share) => (this.arrived = share));
    digits?.catch(() => {}); // told below, when the engine is there
    let failure: unknown = null;
    try {
      this.striate = await loadStriate();
      this.striate.onStatus((status) => this.#follow(status));
      try {
        if (source) this.takeSet(source, await source.open(this.striate));
      } catch (error) {
        failure = error;
        digits = fetchDigits((share) => (this.arrived = share));
        digits.catch(() => {});
      }
      await this.makeModel(seed, network);
      this.engine = 'ready';
      this.note();
    } catch (error) {
      this.engine = 'lost';
      this.#notices.fail('engine', error);
      return null;
    }
    if (digits) await this.#takeDigits(digits);
    return failure;
  }

  /** Makes the network anew, for the images on stage, with initial weights from `seed`. */
  async makeModel(seed: number, network: NetworkName = this.stage?.network ?? 'lenet'): Promise<void> {
    const { shape, classes } = this.set;
    const [channels, height, width] = shape;
    const classic = network === 'lenet' && channels === 1 && height === 28 && width === 28 && classes === CLASSES;
    const each = (value: number) => Array.from({ length: channels }, () => value);
    // About what photographs and the coloured shapes have; near enough for any images.
    const normalize = channels === 1 ? LENET.input.normalize : { mean: each(0.45), std: each(0.25) };
    const model = classic
      ? await this.striate!.createModel(LENET, { seed })
      : await this.striate!.createModel(network, { seed, classes, input: { channels, height, width, normalize } });
    const stage = stageOf(network, await model.summary(), classic);
    this.model?.dispose();
    this.model = model;
    this.stage = stage;
  }

  /** Puts other images on stage; the network has to be made anew. */
  takeSet(source: SetSource, { train, heldOut }: OpenSet): void {
    if (this.set.name === 'digits' && this.train && this.heldOut) {
      const { ownName, baseCount, corrections } = this;
      this.#digits = { train: this.train, heldOut: this.heldOut, ownName, baseCount, corrections };
    } else {
      this.train?.dispose();
      this.heldOut?.dispose();
    }
    this.#show({ train, heldOut, ownName: null, baseCount: train.count, corrections: [] });
    const { shape } = train;
    this.set = { name: source.name, file: source.file, shape, classes: Math.max(train.classes, heldOut.classes) };
  }

  async backToDigits(): Promise<void> {
    if (this.set.name === 'digits') return;
    this.train?.dispose();
    this.heldOut?.dispose();
    this.train = this.heldOut = null;
    this.set = DIGITS;
    if (this.#digits) {
      this.#show(this.#digits);
      this.#digits = null;
    } else {
      this.baseCount = TRAIN_COUNT;
      this.heldOutCount = HELD_OUT_COUNT;
      await this.#takeDigits(fetchDigits((share) => (this.arrived = share)));
    }
  }

  #show({ train, heldOut, ownName, baseCount, corrections }: KeptDigits): void {
    this.train = train;
    this.heldOut = heldOut;
    this.ownName = ownName;
    this.baseCount = baseCount;
    this.corrections = corrections;
    this.heldOutCount = heldOut.count;
    this.#nextSample = 0;
    this.digits = 'ready';
    this.#notices.clear('data');
    this.note();
  }

  /** Reads how much memory the engine uses. */
  note(): void {
    this.memory = this.striate?.info.memory.used ?? 0;
  }

  /** The next held-out image. */
  async unseenDigit(): Promise<Sample | null> {
    if (!this.heldOut) return null;
    const { data, labels } = await this.heldOut.images([this.#nextSample]);
    this.#nextSample = (this.#nextSample + 1) % this.heldOut.count;
    return { pixels: data as Uint8Array, label: labels[0]! };
  }

  /** Adds a drawing to the training data; a training under way meets it in its next epoch. */
  async correct(correction: Correction): Promise<void> {
    await this.train!.append({ data: correction.pixels, shape: [1, 1, 28, 28] }, [correction.label]);
    this.corrections = [...this.corrections, correction];
  }

  /** Takes the last correction back. The training data is a new set afterwards: a training has to start on it. */
  async undoCorrection(): Promise<void> {
    const kept = this.corrections.slice(0, -1);
    await this.#changeTrain(await this.train!.slice(0, this.baseCount), kept);
  }

  /** Trains on the person's own digits from now on. */
  async useOwn(dataset: Dataset, name: string): Promise<void> {
    const count = dataset.count;
    if (this.ownName === null) this.#mnist = await this.train!.slice(0, this.baseCount);
    await this.#changeTrain(dataset, this.corrections);
    this.baseCount = count;
    this.ownName = name;
  }

  async useMnist(): Promise<void> {
    if (!this.#mnist) return;
    const mnist = this.#mnist;
    this.#mnist = null;
    await this.#changeTrain(mnist, this.corrections);
    this.baseCount = TRAIN_COUNT;
    this.ownName = null;
  }

  async #changeTrain(dataset: Dataset, corrections: readonly Correction[]): Promise<void> {
    for (const { pixels, label } of corrections) {
      await dataset.append({ data: pixels, shape: [1, 1, 28, 28] }, [label]);
    }
    this.train?.dispose();
    this.train = dataset;
    this.corrections = corrections;
    this.note();
  }

  async #takeDigits(arriving: Promise<IdxPair>): Promise<void> {
    this.digits = 'loading';
    try {
      // A worker that dies needs the bytes again: they come from the browser's cache, no copy is kept here.
      let pair: Promise<IdxPair> | null = arriving;
      const bytes = () => (pair ??= fetchDigits(() => {}));
      const all = await this.striate!.datasets.fromIdx(
        async () => (await bytes()).images,
        async () => {
          const { labels } = await bytes();
          pair = null;
          return labels;
        },
      );
      this.train = await all.slice(0, TRAIN_COUNT);
      this.heldOut = await all.slice(TRAIN_COUNT, HELD_OUT_COUNT);
      all.dispose();
      this.digits = 'ready';
      this.#notices.clear('data');
      this.note();
    } catch (error) {
      this.digits = 'failed';
      this.#notices.show('data', {
        kind: 'error',
        text: () => t('notice.digits'),
        hint: () => t('notice.digits.hint'),
        detail: error instanceof Error ? error.message : String(error),
        retry: () => void this.#takeDigits(fetchDigits((share) => (this.arrived = share))),
      });
    }
  }

  #follow(status: 'ready' | 'recovering' | 'lost' | 'closed'): void {
    if (status === 'closed') return;
    const before = this.engine;
    this.engine = status;
    if (status === 'recovering') {
      this.#notices.show('engine', { kind: 'note', text: () => t('notice.recovering') });
    } else if (status === 'lost') {
      this.#revive();
    } else if (before !== 'ready') {
      this.note();
      this.#onRecovered();
    }
  }

  /** The library gave up, e.g. because the new worker died too: tries a few times more, then leaves it to the person. */
  #revive(): void {
    const now = performance.now();
    this.#lostAt = [...this.#lostAt.filter((at) => at > now - REVIVE_WITHIN_MS), now];
    const recover = () => void this.striate?.recover().catch(() => {}); // `lost` comes again, and with it this method
    if (this.#lostAt.length <= REVIVE_TIMES) {
      this.#notices.show('engine', { kind: 'note', text: () => t('notice.recovering') });
      setTimeout(recover, 250 * this.#lostAt.length);
      return;
    }
    this.#notices.show('engine', {
      kind: 'error',
      text: () => t('notice.lost'),
      hint: () => t('notice.lost.hint'),
      retry: recover,
    });
  }
}
