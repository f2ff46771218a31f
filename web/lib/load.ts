/** `loadStriate`: starts the engine. */
import { StriateError } from '../worker/errors.js';
import type { LoadOptions, Striate } from './types.js';

/**
 * Starts an engine: in a browser in its own worker, in Node on the calling thread. Each call starts another one.
 *
 * @throws `load_failed`, `no_webassembly`, `no_simd`, `self_test_failed`, `invalid_argument`, `aborted`
 */
export async function loadStriate(options: LoadOptions = {}): Promise<Striate> {
  void options;
  throw new StriateError('load_failed', 'The engine is not connected yet.');
}
