/** Why an engine is not what was asked for, in words. */
import type { LoadNote, LoadNoteCode } from './values.js';

const WORDS: Readonly<Record<LoadNoteCode, string>> = {
  not_isolated:
    'One thread: the page is not cross-origin isolated, so memory cannot be shared. Serve it with the headers ' +
    'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.',
  no_shared_memory: 'One thread: there is no SharedArrayBuffer here.',
  cannot_wait: 'One thread: the engine runs on the thread of a page, which may not wait. Let it run in its worker.',
  threads_failed: 'Threads are missing',
  no_relaxed_simd: 'Plain SIMD: this machine has no relaxed SIMD.',
  build_failed: 'A module of the engine was given up',
};

export function note(code: LoadNoteCode, reason?: string): LoadNote {
  return { code, message: reason === undefined ? WORDS[code] : `${WORDS[code]}: ${reason}` };
}
