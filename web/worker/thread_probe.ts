/** Can the engine have threads here, and how many would be good for it? */
import type { LoadNoteCode } from './values.js';

/** Of a global scope, what is asked here. */
export interface ThreadScope {
  /** Only browsers have it. */
  readonly crossOriginIsolated?: boolean;
  readonly SharedArrayBuffer?: typeof SharedArrayBuffer;
}

/** More share their caches and memory than have work: a batch of 32 has two blocks of images. */
const MOST_BY_ITSELF = 8;

/**
 * How many threads 'auto' stands for: of two processors both, of more half of them. What a machine calls processors are
 * often two to a core, and a tab leaves some to others.
 */
export function automaticThreads(processors: number): number {
  return Math.max(Math.min(processors, 2), Math.min(processors >> 1, MOST_BY_ITSELF));
}

/** What keeps the engine from sharing its memory with threads; null when nothing does. */
export function threadBarrier(scope: ThreadScope = globalThis): LoadNoteCode | null {
  if (scope.crossOriginIsolated === false) return 'not_isolated';
  if (scope.SharedArrayBuffer === undefined) return 'no_shared_memory';
  try {
    Atomics.wait(new Int32Array(new scope.SharedArrayBuffer(4)), 0, 0, 0);
    return null;
  } catch {
    return 'cannot_wait';
  }
}
