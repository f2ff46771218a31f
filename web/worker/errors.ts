/**
 * The one error type of the library and its list of codes.
 *
 * An error crosses the worker boundary as a plain value ({@link WireError}) and becomes a {@link StriateError} on the
 * other side, so that `code` and `hint` survive. `message` says what happened, to which thing, with which value;
 * `hint` says what to do.
 */

/** Codes that the engine gives, in its own spelling (`cpp/striate/core/result.hpp`). */
export const ENGINE_ERROR_CODES = [
  /** an option or value outside its range */
  'invalid_argument',
  /** a tensor or image whose sizes do not fit */
  'invalid_shape',
  /** bytes that are not what their format promises */
  'invalid_file',
  /** text that is not the JSON asked for */
  'invalid_json',
  /** a layer type or name nobody registered */
  'unknown_layer',
  /** NaN or infinity in images, loss or weights */
  'not_finite',
  /** the plan, dataset or file does not fit into memory */
  'out_of_memory',
  /** the call came at the wrong time */
  'invalid_state',
  /** a layer, parameter or handle that does not exist */
  'not_found',
  /** a file could not be read or written */
  'io',
] as const;

/** Codes that the library adds. */
export const LIBRARY_ERROR_CODES = [
  /** your AbortSignal ended the call */
  'aborted',
  /** a newer request of the same topic replaced this one before it was served */
  'superseded',
  /** the model is already training */
  'busy',
  /** `striate.close()` was called */
  'closed',
  /** the model or dataset was disposed */
  'disposed',
  /** the worker died (crash, kill, out of memory, trap); see `Striate.recover` */
  'worker_lost',
  /** the engine could not be fetched, compiled or started */
  'load_failed',
  /** this machine has no WebAssembly, or the page's CSP forbids it */
  'no_webassembly',
  /** this machine's WebAssembly has no SIMD */
  'no_simd',
  /** the engine ran, and computed something wrong */
  'self_test_failed',
  /** a defect of the library or the engine: please report it */
  'internal',
] as const;

/** Every code a {@link StriateError} can have. */
export type StriateErrorCode = (typeof ENGINE_ERROR_CODES)[number] | (typeof LIBRARY_ERROR_CODES)[number];

const KNOWN_CODES: ReadonlySet<string> = new Set<string>([...ENGINE_ERROR_CODES, ...LIBRARY_ERROR_CODES]);

/** Whether `text` is one of the codes. */
export function isStriateErrorCode(text: string): text is StriateErrorCode {
  return KNOWN_CODES.has(text);
}

/** An error as it crosses the worker boundary. */
export interface WireError {
  readonly code: StriateErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * What every call of the library rejects with.
 *
 * `name` is `'AbortError'` for the codes `aborted` and `superseded`, as other web interfaces have it, and
 * `'StriateError'` for all others.
 */
export class StriateError extends Error {
  /** What kind of failure it is; stable, for programs. */
  readonly code: StriateErrorCode;
  /** What to do about it; for people, in English. May be empty. */
  readonly hint: string;

  constructor(code: StriateErrorCode, message: string, hint = '', options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = code === 'aborted' || code === 'superseded' ? 'AbortError' : 'StriateError';
    this.code = code;
    this.hint = hint;
  }
}

/** Makes the wire form of anything thrown. Errors that are not ours become `internal`. */
export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof StriateError) return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return { code: 'internal', message, hint: 'This is a defect of Striate: please report it with this message.' };
}

/** Makes the error that a caller sees from its wire form. */
export function fromWireError(wire: WireError): StriateError {
  return new StriateError(wire.code, wire.message, wire.hint);
}

/** The error of an aborted call; the signal's reason is its cause. */
export function abortedError(signal: AbortSignal): StriateError {
  return new StriateError('aborted', 'The call was aborted by its AbortSignal.', '', { cause: signal.reason });
}
