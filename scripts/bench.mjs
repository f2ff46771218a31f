// npm run bench [-- words]: builds what the named rows need, then runs tests/bench/run.mjs with the words.
// Results go to stdout, one JSON object a line; progress goes to stderr.
import { at } from './lib/paths.mjs';
import { main, progressToStderr, run } from './lib/steps.mjs';
import { checkNode, ensureEngine, ensureModules, ensureNative, ensurePage } from './lib/setup.mjs';
import { ensurePrograms } from './lib/system.mjs';

const runtimes = ['native', 'node', 'chromium'];

await main(async (words) => {
  progressToStderr();
  checkNode();
  // Without a runtime among the words, rows of all three match.
  const named = runtimes.filter((runtime) => words.includes(runtime));
  const wants = (runtime) => named.length === 0 || named.includes(runtime);
  if (wants('native')) await ensureNative();
  if (wants('node')) await ensureEngine();
  if (wants('chromium')) {
    await ensurePrograms(['chromium']);
    await ensureModules();
    await ensurePage();
  }
  const { code } = await run(process.execPath, [at('tests', 'bench', 'run.mjs'), ...words], {
    inherit: true,
    allowFailure: true,
  });
  return code;
});
