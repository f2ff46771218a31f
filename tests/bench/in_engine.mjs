// Runs the bench that is built into a WebAssembly program of its own (engine_bench.cpp); the same in Node and in a worker.

/** Calls `each` with every row. No row has the words: none. */
export async function measureInEngine(url, args, each) {
  const { default: createBench } = await import(url);
  const errors = [];
  const bench = await createBench({ print: (line) => each(JSON.parse(line)), printErr: (line) => errors.push(line) });
  const status = bench.callMain(args);
  if (status !== 0 && status !== 3) throw new Error(errors.join('\n'));
}
