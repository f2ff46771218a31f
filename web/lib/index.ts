/**
 * `striate`: train convolutional networks in a browser tab or in Node.
 *
 * Importing does no work and touches no global, so it is safe where there is no DOM. Start with {@link loadStriate}.
 */
export { loadStriate } from './load.js';
export { StriateError } from '../worker/errors.js';
export type { StriateErrorCode } from '../worker/errors.js';
export type * from './types.js';
export type * from '../worker/values.js';
