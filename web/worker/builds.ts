/**
 * The engine's modules: of plain SIMD, whose bits are the same on every machine and on any number of threads, and of
 * relaxed SIMD, where a machine may round a product before it adds or not, and is faster for it. Either over a memory
 * that threads share, or over its own. Each comes in two parts (second_module.ts).
 */
import type { CreateEngine, EngineModule } from './engine_module.js';
import { hasRelaxedSimd } from './simd_probe.js';

export const BUILDS = ['simd', 'relaxed-simd'] as const;
export type Build = (typeof BUILDS)[number];
export type MemoryKind = 'alone' | 'threads';
export type Part = 'first' | 'second';

/** A thread of the engine's pool, as the engine's own thread holds it. */
export interface EngineThread {
  send(task: unknown): void;
  terminate(): void;
}

/** An engine with its threads. */
export interface OpenedEngine {
  readonly engine: EngineModule;
  /** Its own among them. */
  readonly threads: number;
  /** Bytes its memory may grow to. */
  readonly limit: number;
  /** Why threads are missing. */
  readonly failures: readonly string[];
  /** Sends the threads away. */
  readonly end: () => void;
}

/** What `#engine` says beside its glue (web/engine). */
export interface EngineFiles {
  readonly wasmFiles: Readonly<Record<Build, Readonly<Record<MemoryKind, Readonly<Record<Part, URL>>>>>>;
  readonly compileWasm: (url: string) => Promise<WebAssembly.Module>;
  /** How many processors the machine says it has. */
  readonly processors: () => number;
  readonly startThread: (onFailure: (reason: string) => void) => EngineThread;
  readonly openEngine: (
    create: CreateEngine,
    files: Pick<EngineFiles, 'compileWasm' | 'startThread'>,
    options: { readonly url: string; readonly threads: number; readonly patienceMs?: number },
  ) => Promise<OpenedEngine>;
}

/** The builds to try, in order: the one asked for where this machine has it, and the one that every machine has. */
export function buildsToTry(asked: 'auto' | Build): readonly Build[] {
  return asked === 'relaxed-simd' && hasRelaxedSimd() ? ['relaxed-simd', 'simd'] : ['simd'];
}

/**
 * Where a part of a module is. `wasmUrl`: the address of striate.wasm, when it is not where the glue expects it; the other
 * files lie beside it, under the names they have in the package.
 */
export function partUrl(
  files: Pick<EngineFiles, 'wasmFiles'>,
  build: Build,
  kind: MemoryKind,
  part: Part,
  wasmUrl: string | null,
): string {
  const { href } = files.wasmFiles[build][kind][part];
  if (wasmUrl === null) return href;
  const words = [
    'striate',
    build === 'simd' ? null : 'relaxed',
    kind === 'alone' ? null : 'threads',
    part === 'first' ? null : 'more',
    'wasm',
  ].filter((word) => word !== null);
  return words.length === 2 ? wasmUrl : wasmUrl.replace(/[^/\\]*$/, words.join('.'));
}
