// npm run dev: the page from its sources, with Vite's own server. The engine is built first, not watched.
import { main, run } from './lib/steps.mjs';
import { checkNode, ensureDigits, ensureEngine, ensureModules, nodeProgram } from './lib/setup.mjs';

await main(async (words) => {
  checkNode();
  await ensureModules();
  await ensureEngine();
  await ensureDigits();
  await run(nodeProgram('vite'), words, { inherit: true });
});
