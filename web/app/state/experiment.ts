/**
 * Every setting of the lab, declared once: name, default, what values it may have.
 *
 * From this table come the page's address (only what differs from its default is written: `#rate=0.1&seed=7`), its
 * reading (what is not understood falls back to the default), and the stops of the sliders. Adding a setting here is
 * all it takes to make it shareable. Nothing here touches the DOM.
 */
import { NETWORKS } from './network.js';

import { parsePolicy } from './policy.js';

interface Setting<T> {
  /** What the address calls it. */
  readonly name: string;
  readonly initial: T;
  /** The value in an address; undefined when it is not one. */
  parse(text: string): T | undefined;
}

/** Stops of the learning-rate slider. The address may hold any rate from the first up to {@link HIGHEST_RATE}. */
export const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1] as const;
/** Far beyond what trains: to watch a network run away, and what is said about it. */
const HIGHEST_RATE = 1000;
/** Stops of the batch-size slider. */
export const BATCH_SIZES = [8, 16, 32, 64, 128, 256, 512] as const;

/** How many training images the twins may have. */
export const TWIN_IMAGES = ['100', '1000', '9000'] as const;
/** Sets of views at test time; `policy` draws them from the augmentation room's. */
export const VIEW_SETS = ['shifts', 'flips', 'flipsAndShifts', 'tenCrop', 'policy'] as const;
export const VIEW_MERGES = ['mean', 'geometricMean', 'max', 'vote'] as const;

export const EXPERIMENT = {
  /** Decides the initial weights and the order of the images. */
  seed: whole('seed', 1, 0, 2 ** 32 - 1),
  /** The peak of a training's rise and fall; held from the moment it is changed while a training runs. */
  learningRate: real('rate', 0.03, RATES[0], HIGHEST_RATE),
  batchSize: whole('batch', 32, 1, 1024),
  /** Passes over the training data after which the training stops by itself. */
  epochs: whole('epochs', 4, 1, 1000),
  /** Of the augmentation room: the name of a preset, or JSON. */
  policy: text('policy', 'digits', (asked) => parsePolicy(asked) !== undefined),
  /** Whether trainings use it. */
  augment: choice('augment', ['off', 'on'] as const, 'off'),
  /** Of the twins: training images, and seconds. */
  twinImages: choice('twins', TWIN_IMAGES, '100'),
  twinSeconds: whole('twinseconds', 60, 2, 3600),
  /** Of the views at test time. */
  views: choice('views', VIEW_SETS, 'shifts'),
  merge: choice('merge', VIEW_MERGES, 'mean'),
  /** The images on stage; a person's own have no address. */
  data: choice('data', ['digits', 'shapes', 'fashion'] as const, 'digits'),
  /** The network on stage. */
  network: choice('network', NETWORKS, 'lenet'),
  language: choice('lang', ['auto', 'en', 'ru'] as const, 'auto'),
  theme: choice('theme', ['auto', 'light', 'dark'] as const, 'auto'),
} as const;

export type Experiment = {
  -readonly [K in keyof typeof EXPERIMENT]: (typeof EXPERIMENT)[K] extends Setting<infer T> ? T : never;
};

const settings = Object.entries(EXPERIMENT) as [keyof Experiment, Setting<string | number>][];

/** The experiment an address asks for. `hash` is `location.hash`, with or without its `#`. */
export function parseExperiment(hash: string): Experiment {
  const asked = new URLSearchParams(hash.replace(/^#/, ''));
  return Object.fromEntries(
    settings.map(([key, setting]) => {
      const text = asked.get(setting.name);
      return [key, (text === null ? undefined : setting.parse(text)) ?? setting.initial];
    }),
  ) as Experiment;
}

/** The shortest address of an experiment: '' when everything is at its default. */
export function formatExperiment(experiment: Experiment): string {
  const written = new URLSearchParams();
  for (const [key, setting] of settings) {
    if (experiment[key] !== setting.initial) written.set(setting.name, String(experiment[key]));
  }
  const text = written.toString();
  return text && `#${text}`;
}

function real(name: string, initial: number, min: number, max: number): Setting<number> {
  return {
    name,
    initial,
    parse(text) {
      const value = text.trim() === '' ? NaN : Number(text);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

function whole(name: string, initial: number, min: number, max: number): Setting<number> {
  const { parse } = real(name, initial, min, max);
  return {
    name,
    initial,
    parse(text) {
      const value = parse(text);
      return Number.isInteger(value) ? value : undefined;
    },
  };
}

function choice<const T extends readonly string[]>(name: string, values: T, initial: T[number]): Setting<T[number]> {
  return { name, initial, parse: (text) => values.find((value) => value === text) };
}

function text(name: string, initial: string, valid: (text: string) => boolean): Setting<string> {
  return { name, initial, parse: (asked) => (valid(asked) ? asked : undefined) };
}
