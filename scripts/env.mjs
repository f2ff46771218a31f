// Prints the environment of the toolchain for a shell:  eval "$(node scripts/env.mjs)"
// so that `emcc` and `cmake --preset …` work by hand.
import { ensureToolchain } from './lib/toolchain.mjs';
import { main } from './lib/steps.mjs';

// Progress goes to stderr: stdout is for the shell.
const print = console.log;
console.log = (...words) => console.error(...words);

await main(async () => {
  const { env } = await ensureToolchain();
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  for (const name of ['PATH', 'EM_CONFIG', 'STRIATE_EMSCRIPTEN', 'STRIATE_INCLUDE']) {
    if (env[name]) print(`export ${name}=${quote(env[name])}`);
  }
});
