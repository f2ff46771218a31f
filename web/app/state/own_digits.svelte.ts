/**
 * A person's own training data: two IDX files, images and labels, chosen or dropped in any order, gzipped or not.
 *
 * The files are told apart by their first bytes; whether they hold what they promise is the engine's strict reader to
 * say. Nothing that goes wrong here touches the training under way.
 */
import { t } from '../messages/language.svelte.js';
import { CLASSES } from './network.js';
import { Refusal, type Notices } from './notices.svelte.js';
import type { Training } from './training.svelte.js';
import type { Workbench } from './workbench.svelte.js';

const LIMIT_BYTES = 256 * 2 ** 20;
const SIDE = 28;

interface IdxFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export class OwnDigits {
  /** Name of the file being read. */
  reading = $state<string | null>(null);

  readonly #bench: Workbench;
  readonly #training: Training;
  readonly #notices: Notices;
  /** Files of either kind that wait for the other. */
  #images: IdxFile | null = null;
  #labels: IdxFile | null = null;

  constructor(bench: Workbench, training: Training, notices: Notices) {
    this.#bench = bench;
    this.#training = training;
    this.#notices = notices;
  }

  /** Takes one or two files. */
  async take(files: readonly File[]): Promise<void> {
    if (files.length === 0 || this.reading !== null) return;
    this.#notices.clear('data');
    try {
      let [images, labels] = [0, 0];
      for (const file of files) {
        this.reading = file.name;
        const idx = await readIdx(file);
        if (isImages(idx.bytes)) ((this.#images = idx), images++);
        else ((this.#labels = idx), labels++);
      }
      if (images > 1 || labels > 1) {
        this.#images = this.#labels = null;
        throw new Refusal(
          () => t('data.two.same'),
          () => t('data.two.same.hint'),
        );
      }
      await this.#use();
    } catch (error) {
      this.#images = this.#labels = null;
      this.#notices.fail('data', error);
    } finally {
      this.reading = null;
    }
  }

  async backToMnist(): Promise<void> {
    try {
      await this.#training.withOtherData(() => this.#bench.useMnist());
      this.#notices.clear('data');
    } catch (error) {
      this.#notices.fail('data', error);
    }
  }

  async #use(): Promise<void> {
    const [images, labels] = [this.#images, this.#labels];
    if (!images || !labels) {
      const name = (images ?? labels)!.name;
      this.#notices.show('data', {
        kind: 'note',
        text: () => (images ? t('data.need.labels', name) : t('data.need.images', name)),
      });
      return;
    }
    this.#images = this.#labels = null;
    this.reading = images.name;
    const dataset = await this.#bench.striate!.datasets.fromIdx(images.bytes, labels.bytes);
    const [, height, width] = dataset.shape;
    const { count, classes } = dataset;
    if (height !== SIDE || width !== SIDE || classes > CLASSES) {
      dataset.dispose();
      if (classes > CLASSES && height === SIDE && width === SIDE) {
        throw new Refusal(
          () => t('data.classes', labels.name, classes - 1),
          () => t('data.classes.hint'),
        );
      }
      throw new Refusal(
        () => t('data.shape', images.name, width, height),
        () => t('data.shape.hint'),
      );
    }
    await this.#training.withOtherData(() => this.#bench.useOwn(dataset, images.name));
    this.#notices.show('data', { kind: 'note', text: () => t('data.using', count) });
  }
}

const isImages = (bytes: Uint8Array) => bytes[3] === 3;

/** The file's bytes, unpacked, when they begin like IDX. @throws Refusal */
async function readIdx(file: File): Promise<IdxFile> {
  const tooLarge = (bytes: number) =>
    new Refusal(
      () => t('data.too.large', file.name, bytes / 2 ** 20),
      () => t('data.too.large.hint'),
    );
  if (file.size > LIMIT_BYTES) throw tooLarge(file.size);
  let bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await unpack(file, tooLarge);
  // 00 00: IDX; 08: unsigned bytes; 03 or 01: dimensions.
  const isIdx = bytes.length >= 8 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8;
  if (!isIdx || (bytes[3] !== 3 && bytes[3] !== 1)) {
    throw new Refusal(
      () => t('data.not.idx', file.name),
      () => t('data.not.idx.hint'),
    );
  }
  return { name: file.name, bytes };
}

/** Unpacks gzip, never beyond the limit. */
async function unpack(file: File, tooLarge: (bytes: number) => Refusal): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.length;
      if (size > LIMIT_BYTES) {
        await reader.cancel();
        throw tooLarge(size);
      }
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      () => t('data.gzip', file.name),
      () => t('data.gzip.hint'),
    );
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
