// WebKit's engine by itself, the command `jsc`: no page, no worker, no fetch. The glue for the web wants little of them.
//   jsc -m tests/e2e/engines/jsc.mjs     (from the project's folder)
/* global print, readFile */
globalThis.WorkerGlobalScope = {};
globalThis.self = globalThis;
globalThis.location = { href: 'file:///engine/' };
globalThis.console ??= { log: print, warn: print, error: print };
globalThis.URL ??= class {
  constructor(name) {
    this.href = name;
  }
};

const bytes = readFile('dist/engine/striate.wasm', 'binary');
const [{ default: createEngine }, { hashOfTraining }] = await Promise.all([
  import('../../../dist/engine/striate.web.mjs'),
  import('./training.mjs'),
]);
const engine = await createEngine({
  instantiateWasm(imports, receive) {
    const module = new WebAssembly.Module(bytes);
    receive(new WebAssembly.Instance(module, imports), module);
    return {};
  },
});
const file = readFile('web/public/data/digits.idx', 'binary');
print(JSON.stringify(hashOfTraining(engine, new Uint8Array(file))));
