// npm run build [-- wasm native lib page fashion]: all artefacts, or those named.
//   wasm    dist/engine          native  build/native/striate
//   lib     dist/lib, dist/worker (the npm package)       page  build/page
//   fashion web/public/data/fashion.idx, for a page built after it: only when named
import { Problem, main } from './lib/steps.mjs';
import { checkNode, ensureEngine, ensureFashion, ensureLibrary, ensureNative, ensurePage } from './lib/setup.mjs';

/** Made only when asked for by name. */
const extras = { fashion: ensureFashion };
const artefacts = { wasm: ensureEngine, native: ensureNative, lib: ensureLibrary, page: ensurePage };

const known = { ...artefacts, ...extras };

await main(async (words) => {
  checkNode();
  const unknown = words.filter((word) => !(word in known));
  if (unknown.length) throw new Problem(`Unknown: ${unknown.join(', ')}`, `Known: ${Object.keys(known).join(', ')}`);
  for (const name of words.length ? words : Object.keys(artefacts)) await known[name]();
});
