/**
 * Loads an engine: the best of its modules that this place can run, on as many threads as come.
 *
 * For each build that is worth trying, first with threads, then without: the first that loads and computes right (with
 * threads: on them) is taken. What was not to be had is noted, with its reason.
 */
import type { Build, EngineFiles, MemoryKind } from './builds.js';
import { buildsToTry, partUrl } from './builds.js';
import { CheckedSession } from './checked_session.js';
import type { CreateEngine, EngineModule } from './engine_module.js';
import { StriateError } from './errors.js';
import { note } from './load_notes.js';
import type { OpenArguments } from './protocol.js';
import { joinSecondModule } from './second_module.js';
import { selfTest } from './self_test.js';
import { automaticThreads, threadBarrier } from './thread_probe.js';
import type { LoadNote } from './values.js';

/** What WebAssembly memory may grow to where the glue makes it. */
const MEMORY_LIMIT = 2 ** 31;

export interface LoaderOptions {
  readonly createEngine: CreateEngine;
  /** Left out, createEngine knows its one module, and it is whole. */
  readonly files?: EngineFiles;
  /** For tests. */
  readonly skipSelfTest?: boolean;
}

export interface LoadedEngine {
  readonly session: CheckedSession;
  readonly threads: number;
  readonly memoryLimit: number;
  /** Why it is not what was asked for. */
  readonly notes: readonly LoadNote[];
  /** Brings the second module, where there is one. */
  readonly bringSecond: (() => Promise<void>) | null;
  /** Sends the threads away; to be called once, also when the engine is dead. */
  readonly end: () => void;
}

export async function loadEngine(
  options: LoaderOptions,
  { build: askedBuild, threads: askedThreads, wasmUrl }: Pick<OpenArguments, 'build' | 'threads' | 'wasmUrl'>,
): Promise<LoadedEngine> {
  const { createEngine, files, skipSelfTest = false } = options;
  if (!files) return wholeEngine(await loading(createEngine()), skipSelfTest);
  const builds = buildsToTry(askedBuild);
  const notes: LoadNote[] = [];
  if (askedBuild === 'relaxed-simd' && !builds.includes(askedBuild)) notes.push(note('no_relaxed_simd'));
  const barrier = threadBarrier();
  const wanted = askedThreads === 'auto' ? automaticThreads(files.processors()) : askedThreads;
  if (wanted > 1 && barrier !== null) notes.push(note(barrier));
  const kinds: readonly MemoryKind[] = wanted > 1 && barrier === null ? ['threads', 'alone'] : ['alone'];
  let failure: unknown;
  for (const build of builds) {
    for (const kind of kinds) {
      try {
        const loaded = await loadModule(options, files, build, kind, kind === 'threads' ? wanted : 1, wasmUrl);
        return { ...loaded, notes: [...notes, ...loaded.notes] };
      } catch (error) {
        failure = error;
        notes.push(note(kind === 'threads' ? 'threads_failed' : 'build_failed', messageOf(error)));
      }
    }
  }
  throw failure;
}

async function loadModule(
  { createEngine, skipSelfTest = false }: LoaderOptions,
  files: EngineFiles,
  build: Build,
  kind: MemoryKind,
  wanted: number,
  wasmUrl: string | null,
): Promise<LoadedEngine> {
  const url = partUrl(files, build, kind, 'first', wasmUrl);
  const opened = await loading(files.openEngine(createEngine, files, { url, threads: wanted }));
  const { engine, threads, limit, failures, end } = opened;
  try {
    const session = new CheckedSession(engine);
    if (!skipSelfTest) selfTest(session);
    const second = partUrl(files, build, kind, 'second', wasmUrl);
    const reason = failures[0] ?? 'they did not come in time';
    const notes = threads < wanted ? [note('threads_failed', reason)] : [];
    const bringSecond = (): Promise<void> => joinSecondModule(engine, files.compileWasm, second);
    return { session, threads, memoryLimit: limit, notes, bringSecond, end };
  } catch (error) {
    end();
    throw error;
  }
}

function wholeEngine(engine: EngineModule, skipSelfTest: boolean): LoadedEngine {
  const session = new CheckedSession(engine);
  if (!skipSelfTest) selfTest(session);
  return { session, threads: 1, memoryLimit: MEMORY_LIMIT, notes: [], bringSecond: null, end: () => undefined };
}

/** @throws `load_failed` */
async function loading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = messageOf(cause);
    throw new StriateError('load_failed', `The engine could not be loaded: ${reason}`, loadHint(reason), { cause });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function loadHint(reason: string): string {
  if (/unsafe-eval|Content Security Policy/i.test(reason)) {
    return "The page's CSP forbids WebAssembly: add 'wasm-unsafe-eval' to script-src.";
  }
  if (/memory|RangeError/i.test(reason)) return 'There is not enough memory: close other tabs and try again.';
  return 'Check that striate.wasm is served (status 200, type application/wasm) where the page asks for it, or give `wasmUrl`.';
}
