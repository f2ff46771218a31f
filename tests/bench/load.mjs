// Opens the engine for a row: the module of its build, on its threads, in Node or in a browser's worker.

/** `engine` is what #engine gives: web/engine/web.mjs or node.mjs. Fewer threads than the row says are no row. */
export async function openFor(engine, { build, threads }) {
  const url = engine.wasmFiles[build][threads > 1 ? 'threads' : 'alone'].first.href;
  return withThreads(threads, await engine.openEngine(engine.default, engine, { url, threads }));
}

/** Runs the bench that is built into the WebAssembly program of that name (engine_bench.cpp); calls `each` with every row. */
export async function measureInEngine(engine, folder, program, args, each) {
  const { default: createBench } = await import(`${folder}${program}.mjs`);
  const errors = [];
  const create = (options) =>
    createBench({ ...options, print: (line) => each(JSON.parse(line)), printErr: (line) => errors.push(line) });
  const threads = Number(args.map((word) => /^t([1-9]\d?)$/.exec(word)?.[1]).find(Boolean) ?? 1);
  const url = `${folder}${program}.wasm`;
  const opened = withThreads(threads, await engine.openEngine(create, engine, { url, threads, shared: true }));
  try {
    const status = opened.engine.callMain(args);
    // No row has the words: none.
    if (status !== 0 && status !== 3) throw new Error(errors.join('\n'));
  } finally {
    opened.end();
  }
}

function withThreads(wanted, opened) {
  if (opened.threads === wanted) return opened;
  opened.end();
  throw new Error(`${opened.threads} of ${wanted} threads have come: ${opened.failures.join('; ')}`);
}
