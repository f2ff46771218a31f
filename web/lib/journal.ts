/**
 * How each living dataset came to be, in order, so that a new engine can be given the same ones.
 *
 * Sources are kept as the library's own copies, or as the functions that give them. Splits and slices are not kept as
 * pixels: they are made again, and come out the same because their seeds are.
 */
import type { EngineClient } from '../worker/client.js';
import type { DatasetInfo, EnginePixels } from '../worker/engine_module.js';
import { StriateError } from '../worker/errors.js';
import type { BatchShape, GrowOptions, ImageShape, PolicyJson, SyntheticOptions } from '../worker/values.js';

/** A dataset as the library knows it. `id` is the engine's number, and changes with the engine. */
export class DatasetRecord {
  id = 0;
  count = 0;
  shape: ImageShape = [0, 0, 0];
  classes = 0;
  disposed = false;

  /** @throws `disposed` */
  use(): number {
    if (!this.disposed) return this.id;
    throw new StriateError('disposed', 'The dataset was disposed.', 'Make it again, or dispose it later.');
  }

  take(info: DatasetInfo): void {
    this.id = info.dataset;
    this.count = info.count;
    this.shape = info.shape;
    this.classes = info.classes;
  }
}

/** Bytes at hand, or a function that gives them. */
export type Giver<T> = () => T | Promise<T>;

export interface IdxSource {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface PixelSource {
  readonly pixels: EnginePixels;
  readonly labels: Int32Array;
  readonly shape: BatchShape;
  readonly classes: number;
}

export type JournalEntry =
  | { readonly kind: 'idx'; readonly target: DatasetRecord; readonly source: Giver<IdxSource> }
  | { readonly kind: 'cifar10'; readonly target: DatasetRecord; readonly source: Giver<Uint8Array> }
  | { readonly kind: 'synthetic'; readonly target: DatasetRecord; readonly options: SyntheticOptions }
  | { readonly kind: 'pixels'; readonly target: DatasetRecord; readonly source: Giver<PixelSource> }
  | {
      readonly kind: 'split';
      readonly parent: DatasetRecord;
      readonly train: DatasetRecord;
      readonly validation: DatasetRecord;
      readonly share: number;
      readonly seed: number;
    }
  | {
      readonly kind: 'slice';
      readonly parent: DatasetRecord;
      readonly target: DatasetRecord;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly kind: 'augment';
      readonly parent: DatasetRecord;
      readonly target: DatasetRecord;
      readonly policy: PolicyJson;
      readonly grow: GrowOptions;
    }
  | {
      readonly kind: 'append';
      readonly target: DatasetRecord;
      readonly pixels: EnginePixels;
      readonly labels: Int32Array;
    };

export class Journal {
  #entries: JournalEntry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
  }

  /** Forgets what no living dataset needs. */
  prune(): void {
    const needed = new Set<DatasetRecord>();
    const kept: JournalEntry[] = [];
    for (const entry of this.#entries.toReversed()) {
      const results = resultsOf(entry);
      if (!results.some((record) => !record.disposed || needed.has(record))) continue;
      for (const record of results) needed.add(record);
      if ('parent' in entry) needed.add(entry.parent);
      kept.push(entry);
    }
    this.#entries = kept.reverse();
  }

  /** Makes everything again in a new engine. */
  async replay(client: EngineClient): Promise<void> {
    const made = new Set<DatasetRecord>();
    for (const entry of this.#entries) {
      await perform(client, entry);
      for (const record of resultsOf(entry)) made.add(record);
    }
    for (const record of made) {
      if (record.disposed) await client.call('disposeDataset', { dataset: record.id });
    }
  }
}

/** Carries an entry out: the engine makes what it says, and the records take the engine's numbers. */
export async function perform(client: EngineClient, entry: JournalEntry, signal?: AbortSignal): Promise<void> {
  const options = { signal };
  switch (entry.kind) {
    case 'idx':
      entry.target.take(await client.call('datasetFromIdx', await entry.source(), options));
      return;
    case 'cifar10':
      entry.target.take(await client.call('datasetFromCifar10', { records: await entry.source() }, options));
      return;
    case 'synthetic':
      entry.target.take(await client.call('datasetSynthetic', { options: entry.options }, options));
      return;
    case 'pixels':
      entry.target.take(await client.call('datasetFromPixels', await entry.source(), options));
      return;
    case 'split': {
      const args = { dataset: entry.parent.id, validation: entry.share, seed: entry.seed };
      const { train, validation } = await client.call('datasetSplit', args, options);
      entry.train.take(train);
      entry.validation.take(validation);
      return;
    }
    case 'slice': {
      const args = { dataset: entry.parent.id, first: entry.first, count: entry.count };
      entry.target.take(await client.call('datasetSlice', args, options));
      return;
    }
    case 'augment': {
      const args = { dataset: entry.parent.id, policy: entry.policy, options: entry.grow };
      entry.target.take(await client.call('datasetAugment', args, options));
      return;
    }
    case 'append': {
      const { target, pixels, labels } = entry;
      await client.call('datasetAppend', { dataset: target.id, pixels, labels }, options);
      target.count += labels.length;
      return;
    }
  }
}

function resultsOf(entry: JournalEntry): readonly DatasetRecord[] {
  return entry.kind === 'split' ? [entry.train, entry.validation] : [entry.target];
}
