/** The engine of dist/engine without loader and library: for tests of what stands between. */
import * as engine from '#engine';
import type { EngineFiles } from '../../web/worker/builds.js';
import type { EngineModule } from '../../web/worker/engine_module.js';

export const { default: createEngine } = engine;
export const files: EngineFiles = engine;

/** The module of plain SIMD, on one thread. */
export async function openEngine(): Promise<EngineModule> {
  const url = files.wasmFiles.simd.alone.first.href;
  return (await files.openEngine(createEngine, files, { url, threads: 1 })).engine;
}
