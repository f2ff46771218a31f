/**
 * The sets of images for the stage: what they are called, and how each is opened.
 *
 * A set is two datasets: images to train on, and held-out ones that no training sees. The digits are the workbench's own
 * (they take corrections, and a person's own digits in their place); a set from a person's file is made by
 * `state/own_set.ts`, which is fetched when somebody has one.
 */
import type { Dataset, ImageShape, Striate } from 'striate';
import { t } from '../messages/language.svelte.js';
import { splitPair } from './digits.js';

/** Sets that have an address, in the order of the data room. */
export const SETS = ['digits', 'shapes', 'fashion'] as const;
export type NamedSet = (typeof SETS)[number];
export type SetName = NamedSet | 'cifar10' | 'own';

export interface OpenSet {
  readonly train: Dataset;
  readonly heldOut: Dataset;
}

/** A set and how to open it. @throws what the library says; `SetMissing` */
export interface SetSource {
  readonly name: SetName;
  /** The person's file, if it is one. */
  readonly file: string | null;
  open(striate: Striate): Promise<OpenSet>;
}

/** What is known of the set on stage. */
export interface SetInfo {
  readonly name: SetName;
  readonly file: string | null;
  readonly shape: ImageShape;
  readonly classes: number;
}

export const DIGITS: SetInfo = { name: 'digits', file: null, shape: [1, 28, 28], classes: 10 };

/** A set that does not come with this page. */
export class SetMissing extends Error {}

/** Evaluated after every half pass, so no more than it takes to tell tenths of a per cent apart. */
export const HELD_OUT_MOST = 2000;
/** Whether the page was built with data/fashion.idx (vite.config.ts). */
declare const HAS_FASHION: boolean;
export const hasFashion = HAS_FASHION;

const SHAPES_SEED = 1;
const SHAPES = { train: 5000, heldOut: 1000 };
const FASHION = { train: 9000, heldOut: 1000 };

export const SOURCES: Record<Exclude<NamedSet, 'digits'>, SetSource> = {
  shapes: {
    name: 'shapes',
    file: null,
    async open(striate) {
      return cut(await striate.datasets.synthetic({ count: SHAPES.train + SHAPES.heldOut, seed: SHAPES_SEED }), SHAPES);
    },
  },
  fashion: {
    name: 'fashion',
    file: null,
    async open(striate) {
      // A worker that dies needs the bytes again: they come from the browser's cache, no copy is kept here.
      let pair: ReturnType<typeof fetchFashion> | null = fetchFashion();
      await pair;
      const bytes = () => (pair ??= fetchFashion());
      const all = await striate.datasets.fromIdx(
        async () => (await bytes()).images,
        async () => {
          const { labels } = await bytes();
          pair = null;
          return labels;
        },
      );
      return cut(all, FASHION);
    },
  },
};

/** The packed file, when the page was built with it (`npm run build -- fashion`). @throws `SetMissing` */
async function fetchFashion() {
  if (!hasFashion) throw new SetMissing();
  const response = await fetch(new URL('data/fashion.idx', document.baseURI));
  if (!response.ok) throw new Error(`data/fashion.idx: ${response.status} ${response.statusText}`);
  return splitPair(new Uint8Array(await response.arrayBuffer()));
}

/** Cuts a set in two, the held-out images last, and gives the whole back. */
export async function cut(all: Dataset, { train, heldOut }: { train: number; heldOut: number }): Promise<OpenSet> {
  const parts = { train: await all.slice(0, train), heldOut: await all.slice(train, heldOut) };
  all.dispose();
  return parts;
}

/** What the set is called. */
export function setTitle({ name, file }: Pick<SetInfo, 'name' | 'file'>): string {
  return name === 'own' ? (file ?? '') : t(`data.set.${name}`);
}

/** What the class is called, and how it stands in a short list. */
export function className({ name }: Pick<SetInfo, 'name'>, label: number): string {
  switch (name) {
    case 'shapes':
      return t('data.class.shapes', label);
    case 'fashion':
      return t('data.class.fashion', label);
    case 'cifar10':
      return t('data.class.cifar10', label);
    default:
      return String(label);
  }
}
