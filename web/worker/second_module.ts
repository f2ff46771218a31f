/**
 * The engine's second module: what only some visits need, ONNX files among it. It is fetched when a call first needs it, and
 * joins the first one's memory and table; until then its functions are not there, and calling one would be a trap.
 * What is in it: scripts/lib/split_wasm.mjs.
 */
import type { EngineModule } from './engine_module.js';
import { StriateError } from './errors.js';
import type { CallMessage } from './protocol.js';

/** Gives the bytes of the second module, from `url` or from where the build put it. */
export type OpenSecond = (url?: string) => Promise<BufferSource>;

export function needsSecondModule({ method }: CallMessage): boolean {
  return method === 'importOnnx' || method === 'exportOnnx';
}

/** @throws `load_failed` */
export async function joinSecondModule(engine: EngineModule, open: OpenSecond, wasmUrl: string | null): Promise<void> {
  const url = wasmUrl?.replace(/[^/\\]*$/, 'striate.more.wasm');
  try {
    await WebAssembly.instantiate(await open(url), { primary: engine.wasmExports });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StriateError(
      'load_failed',
      `The second part of the engine could not be loaded: ${reason}`,
      `Check that striate.more.wasm is served beside striate.wasm${url === undefined ? '' : ` (${url})`}.`,
      { cause },
    );
  }
}
