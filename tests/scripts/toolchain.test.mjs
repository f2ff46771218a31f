// Which toolchain is taken: a person's own Emscripten when it is new enough, else the project's folder.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { atLeast, ensureToolchain, systemHeaders, toolchainFolder } from '../../scripts/lib/toolchain.mjs';

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-toolchain-'));
after(() => fs.rmSync(base, { recursive: true }));

/** A folder that looks like Emscripten of some version. */
function fakeEmscripten(name, version) {
  const folder = path.join(base, name);
  const cmake = path.join(folder, 'cmake', 'Modules', 'Platform');
  fs.mkdirSync(cmake, { recursive: true });
  fs.writeFileSync(path.join(cmake, 'Emscripten.cmake'), '');
  fs.writeFileSync(
    path.join(folder, 'emcc'),
    `#!/bin/sh\necho "emcc (Emscripten gcc/clang-like replacement) ${version} ()"\n`,
    { mode: 0o755 },
  );
  return folder;
}

/** A toolchain folder that looks ready. */
function fakeFolder(name, emscripten) {
  const folder = path.join(base, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    path.join(folder, 'striate-toolchain.json'),
    JSON.stringify({ source: 'test', emscripten, config: '/config', include: '/include' }),
  );
  fs.writeFileSync(path.join(folder, 'system-libraries'), '');
  return folder;
}

test('versions are compared number by number', () => {
  assert.ok(atLeast([6, 0, 5], [6, 0, 0]));
  assert.ok(atLeast([10, 0, 0], [6, 0, 0]));
  assert.ok(atLeast([6], [6, 0, 0]));
  assert.ok(!atLeast([5, 99, 99], [6, 0, 0]));
  assert.ok(!atLeast([3, 1, 6], [6, 0, 0]));
});

test('headers of the system are taken when all of them are there and new enough', () => {
  const prefix = path.join(base, 'include');
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(prefix, name)), { recursive: true });
    fs.writeFileSync(path.join(prefix, name), text);
  };
  write('xsimd/config/xsimd_config.hpp', '#define XSIMD_VERSION_MAJOR 8\n#define XSIMD_VERSION_MINOR 1\n');
  write('doctest/doctest.h', '#define DOCTEST_VERSION_MAJOR 2\n#define DOCTEST_VERSION_MINOR 5\n');
  write('CLI/CLI.hpp', '');
  assert.equal(systemHeaders([prefix]), undefined);
  write('xsimd/config/xsimd_config.hpp', '#define XSIMD_VERSION_MAJOR 14\n#define XSIMD_VERSION_MINOR 0\n');
  assert.equal(systemHeaders([prefix]), prefix);
});

test('the folder is per user and named by version; STRIATE_TOOLCHAIN overrides', () => {
  assert.match(toolchainFolder({ HOME: '/home/a' }), /^\/home\/a\/\.cache\/striate\/toolchain-\d+\.\d+\.\d+-\d+$/);
  assert.match(toolchainFolder({ HOME: '/home/a', XDG_CACHE_HOME: '/cache' }), /^\/cache\/striate\/toolchain-/);
  assert.equal(toolchainFolder({ HOME: '/home/a', STRIATE_TOOLCHAIN: '/other' }), '/other');
});

test('emcc on PATH or in EMSDK is taken when new enough, and left alone when old', async () => {
  const mine = fakeEmscripten('mine', '6.1.0');
  const old = fakeEmscripten('old', '3.1.6');
  const made = fakeEmscripten('made', '6.0.5');
  const STRIATE_TOOLCHAIN = fakeFolder('folder', made);
  const PATH = process.env.PATH;

  const onPath = await ensureToolchain({ emscripten: true }, { STRIATE_TOOLCHAIN, PATH: `${mine}:${PATH}` });
  assert.equal(onPath.emscripten, fs.realpathSync(mine));
  assert.equal(onPath.env.EM_CONFIG, undefined);
  assert.equal(onPath.env.STRIATE_INCLUDE, systemHeaders() ?? '/include');

  const tooOld = await ensureToolchain({ emscripten: true }, { STRIATE_TOOLCHAIN, PATH: `${old}:${PATH}` });
  assert.equal(tooOld.emscripten, made);
  assert.equal(tooOld.env.EM_CONFIG, '/config');
  assert.ok(tooOld.env.PATH.startsWith(`${made}:`));

  fs.mkdirSync(path.join(base, 'emsdk', 'upstream'), { recursive: true });
  fs.renameSync(mine, path.join(base, 'emsdk', 'upstream', 'emscripten'));
  const emsdk = await ensureToolchain(
    { emscripten: true },
    { STRIATE_TOOLCHAIN, PATH: '/usr/bin:/bin', EMSDK: path.join(base, 'emsdk') },
  );
  assert.equal(emsdk.emscripten, path.join(base, 'emsdk', 'upstream', 'emscripten'));
});
