// The one module that decides what is missing and makes it. `npm start`, `npm test`, `npm run build` and
// `npm run bench` all stand on it. Every function is idempotent and quick when there is nothing to do.
//
// Uses nothing but Node: it runs before node_modules exist.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { digitsAreReady, digitsFile, writeDigits } from '../digits.mjs';
import { fetchFashion, packFashionAtHand } from '../fashion.mjs';
import { at, build, engine, page, root } from './paths.mjs';
import { hashOf, isFresh, setStamp } from './stamps.mjs';
import { splitWasm, withOwnMemory } from './split_wasm.mjs';
import { Problem, ask, run, step } from './steps.mjs';
import { ensurePrograms, which } from './system.mjs';
import { ensureToolchain } from './toolchain.mjs';

const once = (work) => {
  let result;
  return (...args) => (result ??= work(...args));
};

// ---- what everything needs ------------------------------------------------------------------------------------------

export function checkNode() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) throw new Problem(`Node ${process.versions.node} is too old.`, 'Striate needs Node 20 or newer.');
}

/** True when node_modules holds exactly what the lockfile says. */
function modulesMatchLockfile() {
  try {
    const wanted = JSON.parse(fs.readFileSync(at('package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(fs.readFileSync(at('node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([name, { version, optional }]) =>
        name === '' || installed[name]?.version === version || (optional && !installed[name]),
    );
  } catch {
    return false;
  }
}

export async function ensureModules() {
  if (modulesMatchLockfile()) return;
  await step('installing node modules', () => run('npm', ['ci', '--no-audit', '--no-fund'], { log: 'npm-ci' }));
}

export const nodeProgram = (name) => at('node_modules', '.bin', name);

// ---- C++ ------------------------------------------------------------------------------------------------------------

const presets = {
  'native-release': { folder: path.join(build, 'native'), wasm: false },
  'native-debug': { folder: path.join(build, 'native-debug'), wasm: false },
  asan: { folder: path.join(build, 'asan'), wasm: false },
  coverage: { folder: path.join(build, 'coverage'), wasm: false },
  wide: { folder: path.join(build, 'wide'), wasm: false },
  neon: { folder: path.join(build, 'neon'), wasm: false },
  'native-strict': { folder: path.join(build, 'native-strict'), wasm: false },
  'wasm-simd': { folder: path.join(build, 'wasm-simd'), wasm: true },
};
export const presetFolder = (preset) => presets[preset].folder;

const toolchainFor = {
  wasm: once(() => ensureToolchain({ emscripten: true })),
  native: once(() => ensureToolchain({ emscripten: false })),
};

function cachedGenerator(folder) {
  try {
    return /^CMAKE_GENERATOR:INTERNAL=(.*)$/m.exec(fs.readFileSync(path.join(folder, 'CMakeCache.txt'), 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** The generator that the folder was configured with while it can be had, so that a Ninja found later rebuilds nothing. */
export function chooseGenerator(cached, hasNinja) {
  if (cached === 'Unix Makefiles' || (cached === 'Ninja' && hasNinja)) return cached;
  return hasNinja ? 'Ninja' : 'Unix Makefiles';
}

/** What a configuration depends on besides its presets. A native one does without Emscripten, which comes to be known later. */
export const configurationKey = ({ wasm, generator, toolchain }) =>
  [generator, ...(wasm ? [toolchain.emscripten] : []), toolchain.include].join(' ');

/** Configures when needed and builds; the build tool decides what is out of date. */
export async function ensureBuilt(preset, targets = []) {
  const { folder, wasm } = presets[preset];
  await ensurePrograms(wasm ? ['cmake', 'python'] : ['cmake', 'compiler']);
  const toolchain = await (wasm ? toolchainFor.wasm() : toolchainFor.native());
  await ensurePrograms(['make'], toolchain.env);
  const generator = chooseGenerator(cachedGenerator(folder), which('ninja', toolchain.env) !== undefined);
  const env = { ...toolchain.env, CMAKE_GENERATOR: generator };

  const name = `configure-${preset}`;
  const hash = hashOf([at('CMakePresets.json')]) + configurationKey({ wasm, generator, toolchain });
  if (!isFresh(name, hash, [path.join(folder, 'CMakeCache.txt')])) {
    if (![undefined, generator].includes(cachedGenerator(folder)) || !isFresh(name, hash)) {
      fs.rmSync(folder, { recursive: true, force: true });
    }
    await step(`configuring ${preset}`, () => run('cmake', ['--preset', preset], { env, log: name }));
    setStamp(name, hash);
  }
  const jobs = String(os.availableParallelism?.() ?? os.cpus().length);
  await step(`building ${preset}`, () =>
    run('cmake', ['--build', folder, '--parallel', jobs, ...(targets.length ? ['--target', ...targets] : [])], {
      env,
      log: `build-${preset}`,
    }),
  );
  return folder;
}

const replaceIfChanged = (from, to) => {
  const bytes = fs.readFileSync(from);
  if (fs.existsSync(to) && fs.readFileSync(to).equals(bytes)) return;
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.writeFileSync(`${to}.new`, bytes);
  fs.renameSync(`${to}.new`, to);
};

/** Each module of the engine: where it is linked, and how its files are called (web/engine/files.mjs). */
const modules = { simd: 'striate', relaxed: 'striate.relaxed' };

/** dist/engine: the modules in their two parts, over shared memory and over their own, the glue and what is around it. */
export const ensureEngine = once(async () => {
  const folder = await ensureBuilt('wasm-simd', ['striate_simd', 'striate_relaxed']);
  const linked = (kind, name) => path.join(folder, kind, name);
  const [glue, relaxedGlue] = Object.keys(modules).map((kind) => linked(kind, 'striate.mjs'));
  if (!fs.readFileSync(glue).equals(fs.readFileSync(relaxedGlue))) {
    throw new Problem('The glues of the two modules differ; the package ships one for both.');
  }
  const kept = new Set(['striate.mjs']);
  const put = (from) => {
    kept.add(path.basename(from));
    replaceIfChanged(from, path.join(engine, path.basename(from)));
  };
  for (const [kind, name] of Object.entries(modules)) {
    const module = linked(kind, 'striate.wasm');
    const parts = ['', '.more'].map((part) => ({
      shared: path.join(folder, `${name}.threads${part}.wasm`),
      own: path.join(folder, `${name}${part}.wasm`),
    }));
    const hash = hashOf([module, at('scripts', 'lib', 'split_wasm.mjs')]);
    const outputs = parts.flatMap(Object.values);
    if (!isFresh(`split-${kind}`, hash, outputs)) {
      const { emscripten, env } = await toolchainFor.wasm();
      await step(`splitting the ${kind} module`, async () => {
        const [first, second] = parts.map(({ shared }) => shared);
        await splitWasm(module, { first, second, emscripten, env });
        for (const { shared, own } of parts) fs.writeFileSync(own, withOwnMemory(fs.readFileSync(shared)));
      });
      setStamp(`split-${kind}`, hash);
    }
    outputs.forEach(put);
  }
  replaceIfChanged(glue, path.join(engine, 'striate.mjs'));
  for (const name of fs.readdirSync(at('web', 'engine')).filter((file) => file.endsWith('.mjs'))) {
    put(at('web', 'engine', name));
  }
  // The package ships the folder: what an earlier version had is not of this one.
  for (const name of fs.readdirSync(engine)) if (!kept.has(name)) fs.rmSync(path.join(engine, name));
});

export const ensureNative = once(() => ensureBuilt('native-release', ['striate']));

// ---- data, library, page --------------------------------------------------------------------------------------------

export const ensureDigits = once(async () => {
  if (digitsAreReady()) return digitsFile;
  await ensureModules();
  await step('packing the digits', async () => writeDigits());
  return digitsFile;
});

/** Fashion-MNIST for the page: fetched when asked for by name; else only packed when its files are at hand. */
export const ensureFashion = once(async () => {
  await step('fetching Fashion-MNIST', fetchFashion);
  packFashionAtHand();
});

const webSources = () => [at('web'), at('package.json'), at('package-lock.json'), at('tsconfig.json')];
const isData = (file) => file.startsWith(at('web', 'public', 'data'));

/** dist/lib and dist/worker: the npm package's JavaScript and types. */
export const ensureLibraryCode = once(async () => {
  await ensureModules();
  const hash = hashOf([
    at('web', 'lib'),
    at('web', 'worker'),
    at('tsconfig.json'),
    at('tsconfig.lib.json'),
    at('package.json'),
    at('package-lock.json'),
  ]);
  if (isFresh('library', hash, [at('dist', 'lib', 'index.js')])) return;
  await step('building the library', async () => {
    for (const folder of ['lib', 'worker']) fs.rmSync(at('dist', folder), { recursive: true, force: true });
    await run(nodeProgram('tsc'), ['-p', 'tsconfig.lib.json'], { log: 'library' });
  });
  setStamp('library', hash);
});

/** The npm package: its code and the engine. */
export const ensureLibrary = once(async () => {
  await ensureEngine();
  await ensureLibraryCode();
});

/** build/page: the lab, ready to be served. */
export const ensurePage = once(async () => {
  await ensureModules();
  await ensureEngine();
  await ensureDigits();
  const withFashion = packFashionAtHand();
  const hash = hashOf([...webSources(), at('vite.config.ts'), engine], isData) + (withFashion ? ' fashion' : '');
  if (isFresh('page', hash, [path.join(page, 'index.html'), path.join(page, 'data', 'digits.idx')])) return;
  await step('building the page', () => run(nodeProgram('vite'), ['build', '--logLevel', 'warn'], { log: 'page' }));
  setStamp('page', hash);
});

export { ask, root };
