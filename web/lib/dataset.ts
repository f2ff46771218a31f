/** Datasets: handles on images that the engine holds, and the ways to make them. */
import type { EnginePixels } from '../worker/engine_module.js';
import type { ImageShape, PolicySource, SyntheticOptions } from '../worker/values.js';
import { cifar10Records, unpacked } from './archive.js';
import { checkPolicy } from './augmentation.js';
import { checkBytes, checkInteger, checkKeys, checkNumber, checkOneOf, checkSeed, invalid, shown } from './check.js';
import type { Engine } from './kept_engine.js';
import { batchFromImageData, checkBatch, checkImages, checkLabels } from './images.js';
import { DatasetRecord } from './journal.js';
import type { IdxSource, JournalEntry, PixelSource } from './journal.js';
import { disposed, watchForLeak } from './leaks.js';
import type {
  CallOptions,
  Dataset,
  Datasets,
  ImageBatch,
  ImageDataLike,
  Images,
  LabelledImages,
  Source,
} from './types.js';

const owners = new WeakMap<Dataset, { readonly engine: Engine; readonly record: DatasetRecord }>();

/** The record behind a handle of this engine. @throws `invalid_argument`, `disposed` */
export function recordOf(what: string, dataset: Dataset, engine: Engine): DatasetRecord {
  const owner = owners.get(dataset);
  if (!owner) throw invalid(`${what} is ${shown(dataset)}.`, 'Give a dataset made by striate.datasets.');
  if (owner.engine !== engine) {
    throw invalid(`${what} belongs to another engine.`, 'Make dataset and model with the same loadStriate().');
  }
  owner.record.use();
  return owner.record;
}

export class EngineDataset implements Dataset {
  readonly #engine: Engine;
  readonly #record: DatasetRecord;

  constructor(engine: Engine, record: DatasetRecord) {
    this.#engine = engine;
    this.#record = record;
    owners.set(this, { engine, record });
    watchForLeak(this, record, { kind: 'dataset', closed: () => engine.status === 'closed' });
  }

  get count(): number {
    return this.#record.count;
  }

  get shape(): ImageShape {
    return this.#record.shape;
  }

  get classes(): number {
    return this.#record.classes;
  }

  async split(
    options: { readonly validation: number; readonly seed?: number } & CallOptions,
  ): Promise<{ train: Dataset; validation: Dataset }> {
    checkKeys('split options', options, ['validation', 'seed', 'signal']);
    const share = checkNumber('validation', options.validation, { least: 0, most: 1, open: true });
    const seed = checkSeed('seed', options.seed ?? 0);
    this.#record.use();
    const [train, validation] = [new DatasetRecord(), new DatasetRecord()];
    const entry: JournalEntry = { kind: 'split', parent: this.#record, train, validation, share, seed };
    await this.#engine.record(entry, options.signal);
    return {
      train: new EngineDataset(this.#engine, train),
      validation: new EngineDataset(this.#engine, validation),
    };
  }

  async slice(first: number, count: number, options: CallOptions = {}): Promise<Dataset> {
    this.#record.use();
    checkInteger('first', first, { least: 0, most: this.count - 1 });
    checkInteger('count', count, { least: 1, most: this.count - first });
    const target = new DatasetRecord();
    await this.#engine.record({ kind: 'slice', parent: this.#record, target, first, count }, options.signal);
    return new EngineDataset(this.#engine, target);
  }

  async augment(
    policy: PolicySource,
    options: { readonly times?: number; readonly seed?: number; readonly includeOriginal?: boolean } & CallOptions = {},
  ): Promise<Dataset> {
    this.#record.use();
    checkKeys('augment options', options, ['times', 'seed', 'includeOriginal', 'signal']);
    const grow = {
      times: checkInteger('times', options.times ?? 1, { least: 1 }),
      seed: checkSeed('seed', options.seed ?? 0),
      includeOriginal: checkOneOf('includeOriginal', options.includeOriginal ?? true, [true, false]),
    };
    const target = new DatasetRecord();
    const entry: JournalEntry = { kind: 'augment', parent: this.#record, target, policy: checkPolicy(policy), grow };
    await this.#engine.record(entry, options.signal);
    return new EngineDataset(this.#engine, target);
  }

  async append(images: Images, labels: ArrayLike<number>, options: CallOptions = {}): Promise<void> {
    this.#record.use();
    const { pixels, count } = checkImages('images', images, this.shape);
    const checked = checkLabels('labels', labels, count, this.classes);
    const entry: JournalEntry = { kind: 'append', target: this.#record, pixels: pixels.slice(), labels: checked };
    await this.#engine.record(entry, options.signal);
  }

  async images(indices: ArrayLike<number>, options: CallOptions = {}): Promise<LabelledImages> {
    this.#record.use();
    const most = this.count - 1;
    const list = Uint32Array.from(indices, (index, i) => checkInteger(`indices[${i}]`, index, { least: 0, most }));
    return this.#engine.call('datasetImages', () => ({ dataset: this.#record.use(), indices: list }), options);
  }

  dispose(): void {
    if (this.#record.disposed) return;
    this.#record.disposed = true;
    disposed(this.#record);
    this.#engine.journal.prune();
    this.#engine.tell('disposeDataset', { dataset: this.#record.id });
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

export class EngineDatasets implements Datasets {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async fromIdx(images: Source<Uint8Array>, labels: Source<Uint8Array>, options: CallOptions = {}): Promise<Dataset> {
    const [giveImages, giveLabels] = [kept('images', images, copyBytes), kept('labels', labels, copyBytes)];
    const source = async (): Promise<IdxSource> => ({
      images: await unpacked('images', await giveImages()),
      labels: await unpacked('labels', await giveLabels()),
    });
    return this.#make((target) => ({ kind: 'idx', target, source }), options);
  }

  async fromCifar10(files: Source<Uint8Array | readonly Uint8Array[]>, options: CallOptions = {}): Promise<Dataset> {
    const give = kept('files', files, copyFiles);
    const source = async () => cifar10Records('files', await give());
    return this.#make((target) => ({ kind: 'cifar10', target, source }), options);
  }

  async synthetic(options: SyntheticOptions & CallOptions): Promise<Dataset> {
    checkKeys('synthetic options', options, ['count', 'seed', 'size', 'signal']);
    const wanted = {
      count: checkInteger('count', options.count, { least: 1, most: 1_000_000 }),
      seed: checkSeed('seed', options.seed ?? 0),
      size: checkInteger('size', options.size ?? 32, { least: 8, most: 128 }),
    };
    return this.#make((target) => ({ kind: 'synthetic', target, options: wanted }), options);
  }

  async fromPixels(
    images: Source<ImageBatch>,
    labels: Source<ArrayLike<number>>,
    options: { readonly classes?: number } & CallOptions = {},
  ): Promise<Dataset> {
    checkKeys('fromPixels options', options, ['classes', 'signal']);
    const { classes } = options;
    if (classes !== undefined) checkInteger('classes', classes, { least: 1 });
    // Checked each time they are given: a function may give anything.
    const giveImages = kept('images', images, copyBatch);
    const giveLabels = kept('labels', labels, (what, value) => Array.from(checkLabels(what, value, value.length)));
    const source = async (): Promise<PixelSource> => pixelSource(await giveImages(), await giveLabels(), classes);
    return this.#make((target) => ({ kind: 'pixels', target, source }), options);
  }

  async fromImages(
    images: readonly ImageDataLike[],
    labels: ArrayLike<number>,
    options: { readonly classes?: number; readonly channels?: 1 | 3 } & CallOptions = {},
  ): Promise<Dataset> {
    checkKeys('fromImages options', options, ['classes', 'channels', 'signal']);
    const { channels = 3, ...rest } = options;
    return this.fromPixels(batchFromImageData('images', images, channels), labels, rest);
  }

  async #make(entry: (target: DatasetRecord) => JournalEntry, options: CallOptions): Promise<Dataset> {
    const target = new DatasetRecord();
    await this.#engine.record(entry(target), options.signal);
    return new EngineDataset(this.#engine, target);
  }
}

/** A function that gives the source: the caller's own, checked, or one that gives a checked copy of a value. */
function kept<Given, Kept>(
  what: string,
  source: Source<Given>,
  copy: (what: string, value: Given) => Kept,
): () => Promise<Kept> {
  if (typeof source === 'function') {
    const give = source as () => Given | Promise<Given>;
    return async () => copy(what, await give());
  }
  const own = copy(what, source);
  return () => Promise.resolve(own);
}

function copyBytes(what: string, bytes: Uint8Array): Uint8Array {
  return checkBytes(what, bytes).slice();
}

function copyFiles(what: string, files: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  if (!Array.isArray(files)) return [copyBytes(what, files as Uint8Array)];
  return (files as readonly Uint8Array[]).map((file, i) => copyBytes(`${what}[${i}]`, file));
}

function copyBatch(what: string, batch: ImageBatch): ImageBatch {
  const shape = checkBatch(what, batch);
  return { data: batch.data.slice(), shape };
}

function pixelSource(images: ImageBatch, labels: ArrayLike<number>, classes: number | undefined): PixelSource {
  const checked = checkLabels('labels', labels, images.shape[0], classes);
  const { pixels } = checkImages('images', images, [images.shape[1], images.shape[2], images.shape[3]]);
  return {
    pixels: pixels as EnginePixels,
    labels: checked,
    shape: images.shape,
    classes: classes ?? largest(checked) + 1,
  };
}

function largest(labels: Int32Array): number {
  return labels.reduce((most, label) => Math.max(most, label), 0);
}
