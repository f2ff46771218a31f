/**
 * Policies of augmentation as the room edits them: a list of steps, each a transform with the options that differ from
 * its defaults. Whatever the engine reads is a policy; what is nested (OneOf, Compose) is one step that is kept as it is.
 *
 * In the address a policy is the name of a preset or compact JSON. Ranges of sliders come from what the engine says of
 * a transform's options. Nothing here touches the DOM.
 */
import type { PolicyJson, PolicyNode, TransformOption } from 'striate';

export type Step = PolicyNode;

/** Policies to begin with. What comes in at the edges is paper for digits, and the image's own mirror image for photographs. */
export const PRESETS = {
  digits: [
    {
      type: 'Affine',
      translate_percent: [-0.1, 0.1],
      rotate: [-15, 15],
      scale: [0.85, 1.15],
      shear: [-10, 10],
      p: 0.9,
    },
  ],
  photographs: [
    { type: 'HorizontalFlip', p: 0.5 },
    {
      type: 'Affine',
      translate_percent: [-0.1, 0.1],
      rotate: [-10, 10],
      scale: [0.9, 1.1],
      border_mode: 'reflect_101',
      p: 0.9,
    },
    { type: 'RandomBrightnessContrast', p: 0.5 },
  ],
  /** The lecture's augmentations, in its order. */
  lecture: [
    { type: 'HorizontalFlip', p: 0.5 },
    { type: 'Affine', translate_percent: [-0.1, 0.1], p: 0.5 },
    { type: 'RandomBrightnessContrast', p: 0.5 },
    { type: 'Rotate', limit: [-20, 20], p: 0.5 },
    { type: 'Affine', shear: [-15, 15], p: 0.5 },
    { type: 'CoarseDropout', p: 0.3 },
  ],
  randAugment: [{ type: 'RandAugment' }],
  trivialAugment: [{ type: 'TrivialAugment' }],
} as const satisfies Record<string, readonly Step[]>;
export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as readonly PresetName[];

/** An address is to stay one that mail programs and chats carry whole. */
const LONGEST = 4000;

/** The steps of what an address holds; undefined when it is no policy. */
export function parsePolicy(text: string): readonly Step[] | undefined {
  if (Object.hasOwn(PRESETS, text)) return PRESETS[text as PresetName];
  if (text.length > LONGEST) return undefined;
  try {
    return stepsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What an address holds for these steps. */
export function formatPolicy(steps: readonly Step[]): string {
  const text = JSON.stringify(steps);
  return presetOf(steps) ?? text;
}

export function presetOf(steps: readonly Step[]): PresetName | undefined {
  const text = JSON.stringify(steps);
  return PRESET_NAMES.find((name) => JSON.stringify(PRESETS[name]) === text);
}

/** The steps of any policy: a list, one node, or what Albumentations' `to_dict` gives. @throws Error when it is none */
export function stepsOf(json: unknown): readonly Step[] {
  if (Array.isArray(json)) return json.map(asStep);
  const node = asNode(json);
  if ('transform' in node && !('type' in node)) return stepsOf(node['transform']);
  if (nameOf(node) !== 'Compose' || (node['p'] ?? 1) !== 1) return [asStep(node)];
  return stepsOf(node['transforms'] ?? []);
}

/** Its name and its options, whether it says `type` or `__class_fullname__`. */
function asStep(json: unknown): Step {
  const { type: _type, __class_fullname__: _name, ...options } = asNode(json);
  return { type: nameOf(asNode(json)), ...options };
}

function asNode(json: unknown): PolicyNode {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as PolicyNode;
  throw new Error(`A transform is an object, not ${JSON.stringify(json)}.`);
}

/** `albumentations.augmentations.Affine` is Affine. */
export function nameOf(node: PolicyNode): string {
  const name = node['type'] ?? node['__class_fullname__'];
  return typeof name === 'string' ? name.replace(/^.*\./, '') : '';
}

/** The steps as a person edits them: one a line. */
export function writePolicy(steps: readonly Step[]): string {
  if (steps.length === 0) return '[]';
  return `[\n${steps.map((step) => `  ${spaced(step)}`).join(',\n')}\n]`;
}

/** JSON on one line, with spaces between its members. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${spaced(member)}`)
    .join(', ')}}`;
}

/** What a training is given: null for none. */
export function trainingPolicy({ augment, policy }: { augment: 'on' | 'off'; policy: string }): PolicyJson | null {
  return augment === 'on' ? (parsePolicy(policy) ?? null) : null;
}

export interface Span {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

/**
 * How far the slider of an option goes: four times as far as its default, within what is allowed; a part of what is
 * allowed where the default is zero. Always far enough for `value`.
 */
export function spanOf(option: TransformOption, value: readonly number[]): Span {
  const allowedLeast = option.minimum ?? -1;
  const allowedMost = option.maximum ?? 1;
  const reach = Math.max(0, ...numbersIn(option.default).map(Math.abs));
  const far = Math.min(allowedMost, reach > 0 ? 4 * reach : partOf(allowedMost));
  const least = Math.min(allowedLeast < 0 ? Math.max(allowedLeast, -far) : allowedLeast, ...value);
  const most = Math.max(far, ...value);
  const whole = option.kind === 'integer' || option.kind === 'integerRange';
  const step = whole ? 1 : 10 ** Math.floor(Math.log10((most - least) / 100 || 1));
  return { least: whole ? Math.ceil(least) : Math.floor(least / step) * step, most, step };
}

function partOf(most: number): number {
  if (most <= 1) return most;
  return most > 10 && most <= 100 ? most / 2 : Math.min(most / 20, 180);
}

/** Every number in it, at whatever depth. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

/** The one or two numbers that an option's sliders stand at; null when sliders cannot show its value. */
export function sliderValues(option: TransformOption, value: unknown): readonly number[] | null {
  switch (option.kind) {
    case 'number':
    case 'integer':
      return typeof value === 'number' ? [value] : null;
    case 'range':
    case 'integerRange':
      return asRange(value);
    case 'axes': {
      const { x, y } = (value ?? {}) as { x?: unknown; y?: unknown };
      return JSON.stringify(x) === JSON.stringify(y) ? asRange(x) : null;
    }
    default:
      return null;
  }
}

function asRange(value: unknown): readonly number[] | null {
  const isRange = Array.isArray(value) && value.length === 2 && value.every((end) => typeof end === 'number');
  return isRange ? (value as number[]) : null;
}

/** The value of an option whose slider `end` was moved to `at`; of two ends none passes the other. */
export function movedTo(values: readonly number[], end: number, at: number): number | readonly number[] {
  if (values.length === 1) return at;
  const [low, high] = values as readonly [number, number];
  return end === 0 ? [at, Math.max(at, high)] : [Math.min(low, at), at];
}
