/**
 * The engine's second module: what only some visits need: augmentation, synthetic images, splits, ONNX files, the search
 * for a learning rate and im2col. It is fetched when a call first needs it, and joins the first one's memory and table; until
 * then its functions are not there, and calling one would be a trap.
 * What is in it: scripts/lib/split_wasm.mjs. The threads of the pool never have it: what they do is all in the first.
 */
import type { EngineFiles } from './builds.js';
import type { EngineModule } from './engine_module.js';
import { StriateError } from './errors.js';
import type { CallMessage } from './protocol.js';

/** Whether a call reaches into it. */
export function needsSecondModule({ method, args }: CallMessage): boolean {
  switch (method) {
    case 'importOnnx':
    case 'exportOnnx':
    case 'transforms':
    case 'readPolicy':
    case 'augment':
    case 'datasetAugment':
    case 'datasetSplit':
    case 'datasetSynthetic':
    case 'predictViews':
    case 'trainBatch':
    case 'findLearningRate':
    case 'im2col':
      return true;
    case 'fit':
      return args.options.augmentation !== undefined;
    case 'evaluate':
      return args.options.tta !== undefined;
    case 'loadModel':
      return hasAugmentation(args.bytes);
    default:
      return false;
  }
}

/** A saved model may hold a training, and a training a policy: safetensors begin with a header of so many bytes of JSON. */
function hasAugmentation(file: Uint8Array): boolean {
  if (file.length < 8) return false;
  const size = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return new TextDecoder().decode(file.subarray(8, 8 + size)).includes('augmentation');
}

/** @throws `load_failed` */
export async function joinSecondModule(
  engine: EngineModule,
  compile: EngineFiles['compileWasm'],
  url: string,
): Promise<void> {
  try {
    await WebAssembly.instantiate(await compile(url), { primary: engine.wasmExports });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StriateError(
      'load_failed',
      `The second part of the engine could not be loaded: ${reason}`,
      `Check that it is served beside the first (${url}).`,
      { cause },
    );
  }
}
