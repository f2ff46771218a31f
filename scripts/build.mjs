// npm run build [-- wasm native lib page]: all artefacts, or those named.
//   wasm    dist/engine          native  build/native/striate
//   lib     dist/lib, dist/worker (the npm package)       page  build/page
import { Problem, main } from './lib/steps.mjs';
import { checkNode, ensureEngine, ensureLibrary, ensureNative, ensurePage } from './lib/setup.mjs';

const artefacts = { wasm: ensureEngine, native: ensureNative, lib: ensureLibrary, page: ensurePage };

await main(async (words) => {
  checkNode();
  const unknown = words.filter((word) => !(word in artefacts));
  if (unknown.length)
    throw new Problem(`Unknown: ${unknown.join(', ')}`, `Known: ${Object.keys(artefacts).join(', ')}`);
  for (const name of words.length ? words : Object.keys(artefacts)) await artefacts[name]();
});
