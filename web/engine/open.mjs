/** Opens a module of the engine over a memory, and brings threads to it. The same in browsers and in Node. */

const PAGE = 65536;
/** What the modules are linked for: they begin with 4 MB and may grow to 2 GB. */
const INITIAL_BYTES = 2 ** 22;
const LARGEST_BYTES = 2 ** 31;
const SMALLEST_BYTES = 2 ** 28;
/** Threads that have not come by then are done without. */
const PATIENCE_MS = 5000;
const LOOK_EVERY_MS = 2;

/** @typedef {import('../worker/builds.js').EngineFiles} EngineFiles */

/**
 * An engine: the glue with an instance of the module at `url`, on `threads` threads or as many as come in time.
 *
 * @param {import('../worker/engine_module.js').CreateEngine} create the glue
 * @param {Pick<EngineFiles, 'compileWasm' | 'startThread'>} files
 * @param {{ url: string, threads: number, shared?: boolean, patienceMs?: number }} options `shared`: whether the module is
 * one for memory that threads share
 */
export async function openEngine(create, files, { url, threads, shared = threads > 1, patienceMs = PATIENCE_MS }) {
  // They start while the module loads: either takes as long.
  const crew = new Crew(files.startThread, threads - 1);
  try {
    const { memory, limit } = makeMemory(shared);
    const module = await files.compileWasm(url);
    const engine = await instantiate(create, module, memory);
    if (threads > 1) await crew.join(engine, module, memory, patienceMs);
    const { failures } = crew;
    const came = shared ? engine._striate_threads_use(threads) : 1;
    return { engine, threads: came, limit, failures, end: () => crew.end() };
  } catch (error) {
    crew.end();
    throw error;
  }
}

/**
 * A memory for one module and what it may grow to. The whole of a shared one is set apart in the address space at once,
 * so where that is refused a smaller one is tried. Throws a RangeError when none can be had.
 */
function makeMemory(shared) {
  for (let limit = LARGEST_BYTES; ; limit /= 2) {
    try {
      const memory = new WebAssembly.Memory({ initial: INITIAL_BYTES / PAGE, maximum: limit / PAGE, shared });
      return { memory, limit };
    } catch (error) {
      if (limit <= SMALLEST_BYTES || !(error instanceof RangeError)) throw error;
    }
  }
}

function instantiate(create, module, memory) {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(module, imports).then((instance) => receive(instance, module), reject);
    };
    create({ wasmMemory: memory, instantiateWasm }).then(resolve, reject);
  });
}

/** The threads that were started for an engine; they may be fewer than wanted at any time. */
class Crew {
  threads = [];
  /** Why some are missing: a reason each. */
  failures = [];
  /** Whether the last of these is that no further one could be started. */
  refused = 0;

  constructor(startThread, size) {
    for (let i = 0; i < size; i += 1) {
      try {
        this.threads.push(startThread((reason) => this.failures.push(reason)));
      } catch (error) {
        // Such as a policy that allows no worker: the others would fare no better.
        this.failures.push(error.message);
        this.refused = 1;
        break;
      }
    }
  }

  /** Gives each its task, and waits until they have come to the engine's pool. */
  async join(engine, module, memory, patienceMs) {
    const nameOf = (wanted) => Object.keys(engine.wasmExports).find((name) => engine.wasmExports[name] === wanted);
    const names = {
      setVariables: nameOf(engine.___wasm_init_tls),
      setStack: nameOf(engine.__emscripten_stack_restore),
      serve: nameOf(engine._striate_thread_serve),
      lost: nameOf(engine._striate_thread_lost),
    };
    const bytes = engine._striate_thread_block_bytes();
    engine._striate_threads_open();
    for (const thread of this.threads) {
      const block = engine._striate_thread_block();
      try {
        if (block === 0) throw new RangeError('there is no memory for its stack');
        thread.send({ module, memory, names, block, bytes });
      } catch (error) {
        // Such as memory that may not be shared with another worker.
        this.failures.push(error.message);
      }
    }
    const deadline = performance.now() + patienceMs;
    const missing = () => this.threads.length + this.refused - this.failures.length - engine._striate_threads_come();
    while (missing() > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    // Those that come later are sent away.
    engine._striate_threads_close();
  }

  end() {
    for (const thread of this.threads) thread.terminate();
  }
}
