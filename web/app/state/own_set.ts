/**
 * A person's own images for the stage: CIFAR-10's archive or its binary files, or IDX files: one pair, images and labels,
 * or two (the smaller is held out). In any order, gzipped or not.
 *
 * Files are told apart by their first bytes; whether they hold what they promise is the library's and the engine's strict
 * readers to say. The files stay the browser's: they are read when the engine asks, and again after it died.
 */
import type { Dataset, Striate } from 'striate';
import { t } from '../messages/language.svelte.js';
import { Refusal } from './notices.svelte.js';
import { cut, HELD_OUT_MOST, type OpenSet, type SetName, type SetSource } from './sets.js';

/** CIFAR-10's archive has 170 MB. */
const LIMIT_BYTES = 256 * 2 ** 20;
const LEAST_IMAGES = 20;
const CIFAR10_ALL = 60_000;
const CIFAR10_TEST = 10_000;
/** SHA-256 of Fashion-MNIST's train-labels-idx1-ubyte, unpacked: by it the set is known, and its classes have names. */
const FASHION_LABELS = 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9';

type Kind = 'images' | 'labels' | 'cifar10' | 'unknown';

interface Known {
  readonly file: File;
  readonly kind: Kind;
  /** How many images or labels an IDX file says it has. */
  readonly count: number;
}

/** What the files hold, ready to be opened. @throws Refusal */
export async function ownSet(files: readonly File[]): Promise<SetSource> {
  const known = await Promise.all(files.map(identify));
  const stranger = known.find(({ kind }) => kind === 'unknown');
  if (stranger) throw notKnown(stranger.file.name);
  const of = (kind: Kind) => known.filter((one) => one.kind === kind).sort((a, b) => b.count - a.count);
  const [images, labels, cifar10] = [of('images'), of('labels'), of('cifar10')];
  if (cifar10.length > 0) {
    if (cifar10.length < known.length) throw notKnown((images[0] ?? labels[0])!.file.name);
    const sources = cifar10.map(({ file }) => file).sort((a, b) => a.name.localeCompare(b.name));
    return {
      name: 'cifar10',
      file: sources[0]!.name,
      open: async (striate) => {
        const all = await striate.datasets.fromCifar10(() => Promise.all(sources.map(bytesOf)));
        if (all.count !== CIFAR10_ALL) return divided(all, sources[0]!.name);
        return cut(all, { train: CIFAR10_ALL - CIFAR10_TEST, heldOut: HELD_OUT_MOST });
      },
    };
  }
  const name = files[0]!.name;
  if (images.length !== labels.length || images.length === 0 || images.length > 2) {
    if (images.length === 1 && labels.length === 0) throw new Refusal(() => t('data.need.labels', name));
    if (labels.length === 1 && images.length === 0) throw new Refusal(() => t('data.need.images', name));
    throw new Refusal(
      () => t('data.two.same'),
      () => t('data.two.same.hint'),
    );
  }
  const pair = (k: number) => (striate: Striate) => {
    return striate.datasets.fromIdx(
      () => bytesOf(images[k]!.file),
      () => bytesOf(labels[k]!.file),
    );
  };
  const title: SetName = (await isFashion(labels[0]!.file)) ? 'fashion' : 'own';
  return {
    name: title,
    file: images[0]!.file.name,
    open: async (striate) => {
      const train = await pair(0)(striate);
      if (images.length === 1) return divided(train, images[0]!.file.name);
      const test = await pair(1)(striate);
      const heldOut = await test.slice(0, Math.min(test.count, HELD_OUT_MOST));
      test.dispose();
      return { train, heldOut };
    },
  };
}

/** Holds out a tenth, of every class alike. @throws Refusal */
async function divided(all: Dataset, name: string): Promise<OpenSet> {
  const { count } = all;
  if (count < LEAST_IMAGES) {
    all.dispose();
    throw new Refusal(
      () => t('data.small', name, count),
      () => t('data.small.hint'),
    );
  }
  const { train, validation } = await all.split({ validation: Math.min(0.1, HELD_OUT_MOST / count), seed: 1 });
  all.dispose();
  return { train, heldOut: validation };
}

async function identify(file: File): Promise<Known> {
  if (file.size > LIMIT_BYTES) {
    throw new Refusal(
      () => t('data.too.large', file.name, file.size / 2 ** 20),
      () => t('data.too.large.hint'),
    );
  }
  const head = await firstBytes(file, 512);
  const [a, b, c, d] = head;
  if (a === 0 && b === 0 && c === 8 && (d === 3 || d === 1) && head.length >= 8) {
    const count = new DataView(head.buffer, head.byteOffset).getUint32(4);
    return { file, kind: d === 3 ? 'images' : 'labels', count };
  }
  const isTar = String.fromCharCode(...head.subarray(257, 262)) === 'ustar';
  const isRecords = a !== undefined && a < 10 && /\.bin(\.gz)?$/.test(file.name);
  return { file, kind: isTar || isRecords ? 'cifar10' : 'unknown', count: 0 };
}

/** The first bytes of the file, or of what its gzip holds; fewer when it is shorter or damaged. */
async function firstBytes(file: File, wanted: number): Promise<Uint8Array> {
  const begin = new Uint8Array(await file.slice(0, wanted).arrayBuffer());
  if (begin[0] !== 0x1f || begin[1] !== 0x8b) return begin;
  const parts: number[] = [];
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    while (parts.length < wanted) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(...value.subarray(0, wanted - parts.length));
    }
  } catch {
    // Told by the library, which reads the whole of it.
  }
  await reader.cancel().catch(() => {});
  return Uint8Array.from(parts);
}

async function isFashion(labels: File): Promise<boolean> {
  if (labels.size > 60_008 || !globalThis.crypto?.subtle) return false;
  try {
    const isPacked = new Uint8Array(await labels.slice(0, 1).arrayBuffer())[0] === 0x1f;
    const stream = isPacked ? labels.stream().pipeThrough(new DecompressionStream('gzip')) : labels.stream();
    const hash = await crypto.subtle.digest('SHA-256', await new Response(stream).arrayBuffer());
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('') === FASHION_LABELS;
  } catch {
    return false; // damaged: the library says how
  }
}

const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer());

const notKnown = (name: string) =>
  new Refusal(
    () => t('data.not.known', name),
    () => t('data.not.known.hint'),
  );
