/**
 * The engine's modules: one of plain SIMD, whose bits are the same on every machine, and one of relaxed SIMD, where a
 * machine may round a product before it adds or not, and is faster for it. Each comes in two parts (second_module.ts).
 */
import { hasRelaxedSimd } from './simd_probe.js';

export const BUILDS = ['simd', 'relaxed-simd'] as const;
export type Build = (typeof BUILDS)[number];

export type ReadWasm = (url: string) => Promise<BufferSource>;

/** What `#engine` says beside its glue. */
export interface EngineFiles {
  readonly wasmFiles: Readonly<Record<Build, { readonly first: URL; readonly second: URL }>>;
  readonly readWasm: ReadWasm;
}

export type BuildsToTry = readonly [Build, ...Build[]];

/** The builds to try, in order: the one asked for where this machine has it, and the one that every machine has. */
export function buildsToTry(asked: 'auto' | Build): BuildsToTry {
  return asked === 'relaxed-simd' && hasRelaxedSimd() ? ['relaxed-simd', 'simd'] : ['simd'];
}

/**
 * Where a part of a build is. `wasmUrl`: the address of striate.wasm, when it is not where the glue expects it; the other
 * files lie beside it, under the names they have in the package.
 */
export function partUrl(files: EngineFiles, build: Build, part: 'first' | 'second', wasmUrl: string | null): string {
  const { href } = files.wasmFiles[build][part];
  if (wasmUrl === null) return href;
  if (build === 'simd' && part === 'first') return wasmUrl;
  const name = `striate${build === 'simd' ? '' : '.relaxed'}${part === 'first' ? '' : '.more'}.wasm`;
  return wasmUrl.replace(/[^/\\]*$/, name);
}
