// Prints the environment of the toolchain for a shell:  eval "$(node scripts/env.mjs)"
// so that `emcc` and `cmake --preset …` work by hand.
import { main, progressToStderr } from './lib/steps.mjs';
import { which } from './lib/system.mjs';
import { ensureToolchain } from './lib/toolchain.mjs';

await main(async () => {
  // stdout is for the shell.
  progressToStderr();
  const { env } = await ensureToolchain();
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  if (which('ninja', env)) env.CMAKE_GENERATOR ??= 'Ninja';
  for (const name of ['PATH', 'EM_CONFIG', 'STRIATE_EMSCRIPTEN', 'STRIATE_INCLUDE', 'CMAKE_GENERATOR']) {
    if (env[name]) console.log(`export ${name}=${quote(env[name])}`);
  }
});
