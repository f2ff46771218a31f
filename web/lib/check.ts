/**
 * Checks of what callers give: each failure names the thing, the value and the remedy.
 *
 * TypeScript catches most of this at compile time; these checks are for JavaScript, for values from forms and files,
 * and for what types cannot say (ranges, lengths).
 */
import { StriateError } from '../worker/errors.js';

/** The value as people see it in a message; long texts and arrays are cut. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
  if (typeof value === 'function') return 'a function';
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (Array.isArray(value))
    return value.length > 8 ? `an array of ${value.length}` : `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.keys(value).slice(0, 8).join(', ')}}`;
  return String(value);
}

export function invalid(message: string, hint: string): StriateError {
  return new StriateError('invalid_argument', message, hint);
}

export interface Range {
  readonly least?: number;
  readonly most?: number;
  /** The ends themselves are not allowed. */
  readonly open?: boolean;
}

function rangeText({ least, most, open }: Range): string {
  const [above, below] = open ? ['greater than', 'less than'] : ['at least', 'at most'];
  const parts: string[] = [];
  if (least !== undefined) parts.push(`${above} ${least}`);
  if (most !== undefined) parts.push(`${below} ${most}`);
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

function within(value: number, { least = -Infinity, most = Infinity, open }: Range): boolean {
  return open ? value > least && value < most : value >= least && value <= most;
}

/** @throws `invalid_argument` unless `value` is a finite number in the range. */
export function checkNumber(what: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && Number.isFinite(value) && within(value, range)) return value;
  throw invalid(`${what} is ${shown(value)}.`, `Give a finite number${rangeText(range)}.`);
}

/** @throws `invalid_argument` unless `value` is a whole number in the range. */
export function checkInteger(what: string, value: unknown, range: Range = {}): number {
  if (Number.isSafeInteger(value) && within(value as number, range)) return value as number;
  throw invalid(`${what} is ${shown(value)}.`, `Give a whole number${rangeText(range)}.`);
}

/** A seed: an integer 0…2³²−1. */
export function checkSeed(what: string, value: unknown): number {
  return checkInteger(what, value, { least: 0, most: 2 ** 32 - 1 });
}

/** @throws `invalid_argument` unless `value` is one of `allowed`. */
export function checkOneOf<T extends string | boolean>(what: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw invalid(`${what} is ${shown(value)}.`, `Give one of ${allowed.map(shown).join(', ')}.`);
}

/** Turns away misspelt options: `batchsize` must not be silently ignored. */
export function checkKeys(what: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${what} is ${shown(value)}.`, `Give an object with ${allowed.join(', ')}.`);
  }
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) {
      throw invalid(`${what} has no option "${key}".`, `Its options are ${allowed.join(', ')}.`);
    }
  }
}

/** @throws `invalid_argument` unless `value` is a list of names. */
export function checkNames(what: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value as string[];
  throw invalid(`${what} is ${shown(value)}.`, 'Give an array of names.');
}

/** @throws `invalid_argument` unless `value` is bytes. */
export function checkBytes(what: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw invalid(`${what} is ${shown(value)}.`, 'Give a Uint8Array, e.g. new Uint8Array(await response.arrayBuffer()).');
}
