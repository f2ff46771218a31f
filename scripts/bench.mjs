// npm run bench [-- words and options]: builds what the named rows need, then runs tests/bench/run.mjs with the words.
// Results go to stdout, one JSON object a line; progress goes to stderr.
import { benchProgram, parseBenchArguments, wantsEngine } from './lib/bench_arguments.mjs';
import { at } from './lib/paths.mjs';
import { main, progressToStderr, run } from './lib/steps.mjs';
import { checkNode, ensureBuilt, ensureEngine, ensureLibraryCode, ensureNative } from './lib/setup.mjs';
import { ensurePrograms } from './lib/system.mjs';

await main(async (args) => {
  progressToStderr();
  checkNode();
  const { runtimes, words, profile } = parseBenchArguments(args);
  const wants = (runtime) => runtimes.includes(runtime);
  await ensureLibraryCode();
  if (wants('native')) await ensureNative();
  if (wants('node') || wants('chromium')) {
    await ensureEngine();
    if (profile || wantsEngine(words)) await ensureBuilt('wasm-simd', [benchProgram(words)]);
  }
  if (wants('chromium')) {
    await ensurePrograms(['chromium']);
  }
  const { code } = await run(process.execPath, [at('tests', 'bench', 'run.mjs'), ...args], {
    inherit: true,
    allowFailure: true,
  });
  return code;
});
