// The C++ toolchain: finds Emscripten and the header-only libraries, or makes them.
//
// Order: what the person has (emcc on PATH, EMSDK) if it is new enough; the project's own
// folder, made earlier; a download of emsdk; Debian's testing packages, unpacked without root.
// Nothing of the system is changed. The folder is per user and named by version:
//   $XDG_CACHE_HOME/striate/toolchain-<version>      (STRIATE_TOOLCHAIN names another)
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeFromDebian } from './toolchain_debian.mjs';
import { makeFromEmsdk } from './toolchain_emsdk.mjs';
import { Problem, ask, note, run, step } from './steps.mjs';

/** Raise `recipe` when a made folder must be made anew. */
const recipe = 1;
export const wanted = {
  emscripten: { minimum: [6, 0, 0], emsdk: '6.0.5' },
  xsimd: { minimum: [14, 0, 0] },
  doctest: { minimum: [2, 5, 0] },
};

export function toolchainFolder(env = process.env) {
  if (env.STRIATE_TOOLCHAIN) return path.resolve(env.STRIATE_TOOLCHAIN);
  const cache = env.XDG_CACHE_HOME || path.join(env.HOME || os.homedir(), '.cache');
  return path.join(cache, 'striate', `toolchain-${wanted.emscripten.emsdk}-${recipe}`);
}

export const atLeast = (version, minimum) => {
  for (let i = 0; i < minimum.length; i += 1) {
    if ((version[i] ?? 0) !== minimum[i]) return (version[i] ?? 0) > minimum[i];
  }
  return true;
};
const parseVersion = (text) =>
  /(\d+)\.(\d+)\.(\d+)/
    .exec(text ?? '')
    ?.slice(1)
    .map(Number);

/** The Emscripten a person already has, when it is new enough: its folder. */
async function emscriptenOfTheUser(env) {
  const candidates = [];
  if (env.EMSDK) candidates.push(path.join(env.EMSDK, 'upstream', 'emscripten'));
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    if (folder && fs.existsSync(path.join(folder, 'emcc'))) {
      candidates.push(path.dirname(fs.realpathSync(path.join(folder, 'emcc'))));
      break;
    }
  }
  for (const folder of candidates) {
    const emcc = path.join(folder, 'emcc');
    const version = fs.existsSync(emcc) ? parseVersion(await ask(emcc, ['--version'], { env })) : undefined;
    const cmake = path.join(folder, 'cmake', 'Modules', 'Platform', 'Emscripten.cmake');
    if (version && atLeast(version, wanted.emscripten.minimum) && fs.existsSync(cmake)) return folder;
  }
  return undefined;
}

const markFile = (folder) => path.join(folder, 'striate-toolchain.json');

function readMark(folder) {
  try {
    return JSON.parse(fs.readFileSync(markFile(folder), 'utf8'));
  } catch {
    return undefined;
  }
}

function writeMark(folder, mark) {
  fs.writeFileSync(`${markFile(folder)}.new`, JSON.stringify(mark, null, 2) + '\n');
  fs.renameSync(`${markFile(folder)}.new`, markFile(folder));
}

/** One set-up at a time in one folder: a second one waits for the first. */
async function withLock(folder, work) {
  fs.mkdirSync(folder, { recursive: true });
  const lock = path.join(folder, 'lock');
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      let alive = false;
      try {
        process.kill(Number(fs.readFileSync(lock, 'utf8')), 0);
        alive = true;
      } catch (reason) {
        alive = reason.code === 'EPERM';
      }
      if (!alive) fs.rmSync(lock, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  try {
    return await work();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

const definedVersion = (text, ...names) =>
  names.map((name) => Number(new RegExp(`#define\\s+${name}\\s+(\\d+)`).exec(text)?.[1] ?? -1));

/** An include folder of the system that holds all the header-only libraries, new enough; undefined when there is none. */
export function systemHeaders(prefixes = ['/usr/include', '/usr/local/include', '/opt/homebrew/include']) {
  const has = (prefix, file, test) =>
    fs.existsSync(path.join(prefix, file)) && test(fs.readFileSync(path.join(prefix, file), 'utf8'));
  return prefixes.find(
    (prefix) =>
      has(prefix, 'xsimd/config/xsimd_config.hpp', (text) =>
        atLeast(definedVersion(text, 'XSIMD_VERSION_MAJOR', 'XSIMD_VERSION_MINOR'), wanted.xsimd.minimum),
      ) &&
      has(prefix, 'doctest/doctest.h', (text) =>
        atLeast(definedVersion(text, 'DOCTEST_VERSION_MAJOR', 'DOCTEST_VERSION_MINOR'), wanted.doctest.minimum),
      ) &&
      has(prefix, 'CLI/CLI.hpp', () => true),
  );
}

/** What commands need in their environment to use the toolchain. */
function environment(found, env) {
  const result = { ...env };
  if (found.emscripten) {
    result.STRIATE_EMSCRIPTEN = found.emscripten;
    result.PATH = `${found.emscripten}${path.delimiter}${env.PATH ?? ''}`;
  }
  // Behind everything else: a Ninja for machines that have none.
  if (found.programs) result.PATH = `${result.PATH ?? ''}${path.delimiter}${found.programs}`;
  if (found.config) result.EM_CONFIG = found.config;
  if (found.include) result.STRIATE_INCLUDE = found.include;
  return result;
}

/** The routes that make a toolchain, in order; each returns undefined when it isn't for this machine. */
const routes = [
  { name: 'emsdk', make: makeFromEmsdk },
  { name: 'Debian testing', make: makeFromDebian },
];

/**
 * Finds or makes the toolchain. `need.emscripten` false looks for the headers only.
 * Returns { emscripten, config, include, env, source }.
 */
export async function ensureToolchain(need = { emscripten: true }, env = process.env) {
  const own = need.emscripten ? await emscriptenOfTheUser(env) : undefined;
  const wantsEmscripten = need.emscripten && !own;
  const systemInclude = systemHeaders();
  const wantsHeaders = systemInclude === undefined;
  const folder = toolchainFolder(env);

  const fromMark = (mark) => {
    const found = {
      emscripten: own ?? mark?.emscripten,
      config: own ? undefined : mark?.config,
      include: systemInclude ?? mark?.include,
      programs: mark?.programs,
      source: own ? 'emcc of this machine' : mark?.source,
      folder,
    };
    return { ...found, env: environment(found, env) };
  };
  const enough = (mark) =>
    (!wantsEmscripten || (mark?.emscripten && fs.existsSync(mark.emscripten))) &&
    (!wantsHeaders || mark?.include !== undefined);

  let mark = readMark(folder);
  if (!enough(mark)) {
    note(`toolchain folder: ${folder}`);
    mark = await withLock(folder, async () => {
      let made = readMark(folder) ?? {};
      const reasons = [];
      for (const route of routes) {
        if (enough(made)) break;
        const part = {
          emscripten: wantsEmscripten && !made.emscripten,
          headers: wantsHeaders && made.include === undefined,
        };
        try {
          const result = await route.make({ folder, part, wanted, env });
          if (result) {
            made = { ...made, ...result };
            writeMark(folder, made);
          }
        } catch (error) {
          reasons.push(`${route.name}: ${error.message}`);
        }
      }
      if (!enough(made)) {
        throw new Problem(
          `No toolchain could be found or made.\n${reasons.join('\n')}`,
          `Install Emscripten ${wanted.emscripten.minimum.join('.')} or newer (emsdk) and put emcc on PATH, ` +
            'and install xsimd >= 14, doctest >= 2.5 and CLI11.',
        );
      }
      return made;
    });
  }
  const found = fromMark(mark);
  if (wantsEmscripten) await warmSystemLibraries(found);
  return found;
}

/**
 * The first link builds Emscripten's system libraries (libc, libc++ …): one to two minutes.
 * Done here once as a step of its own, so that nobody takes the first link for a hang.
 */
async function warmSystemLibraries(found) {
  const mark = path.join(found.folder, 'system-libraries');
  if (fs.existsSync(mark)) return;
  await step('building Emscripten system libraries (once, one to two minutes)', async (detail) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-warm-'));
    try {
      const source = path.join(folder, 'warm.cpp');
      fs.writeFileSync(
        source,
        [
          '#include <emscripten/bind.h>',
          '#include <cstdio>',
          '#include <string>',
          '#include <thread>',
          '#include <vector>',
          'static int f(std::string s) { std::printf("%zu\\n", s.size()); return int(std::vector<int>(3).size()); }',
          'EMSCRIPTEN_BINDINGS(warm) { emscripten::function("f", &f); }',
          'int main() { return f("x"); }',
          '',
        ].join('\n'),
      );
      // The libraries' variants follow from these flags, which are those of CMakeLists.txt.
      const flags = [
        '-O3',
        '-msimd128',
        '-std=c++20',
        '-fno-exceptions',
        '-fno-rtti',
        '-DEMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0',
        '-lembind',
        '-sSHARED_MEMORY=1',
        '-sIMPORTED_MEMORY=1',
        '-sALLOW_MEMORY_GROWTH',
        '-sABORTING_MALLOC=0',
      ];
      const onLine = (line) => {
        const library = /generating system (?:library|asset|headers): (\S+?)[.…]/.exec(line)?.[1];
        if (library) detail(path.basename(library));
      };
      for (const [extra, output] of [
        [['-sMODULARIZE', '-sEXPORT_ES6', '-sFILESYSTEM=0'], 'warm.mjs'],
        [['-sNODERAWFS=1'], 'warm.cjs'],
      ]) {
        await run(path.join(found.emscripten, 'em++'), [source, ...flags, ...extra, '-o', path.join(folder, output)], {
          env: found.env,
          onLine,
          log: 'system-libraries',
        });
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
    fs.writeFileSync(mark, '');
  });
}
