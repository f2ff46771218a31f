// Route 3: emsdk at the pinned version, where its hosts can be reached.
// Hosts that say no, or say nothing for a few seconds, end this route at once.
import fs from 'node:fs';
import path from 'node:path';
import { run, step } from './steps.mjs';

const archive = (version) => `https://github.com/emscripten-core/emsdk/archive/refs/tags/${version}.tar.gz`;
const releases = 'https://storage.googleapis.com/webassembly/emscripten-releases-builds/';

async function reachable(url) {
  try {
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
    // The storage host answers 4xx for a bare folder: an answer is all we ask of it.
    return response.status < 400 || (url === releases && response.status < 500 && response.status !== 407);
  } catch {
    return false;
  }
}

export async function makeFromEmsdk({ folder, part, wanted, env }) {
  if (!part.emscripten) return undefined;
  const version = wanted.emscripten.emsdk;
  const answers = await Promise.all([reachable(archive(version)), reachable(releases)]);
  if (!answers.every(Boolean)) throw new Error('its hosts cannot be reached from here');

  const home = path.join(folder, 'emsdk');
  await step(`downloading emsdk ${version}`, async () => {
    const response = await fetch(archive(version), { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) throw new Error(`download of emsdk failed: ${response.status}`);
    fs.rmSync(home, { recursive: true, force: true });
    fs.mkdirSync(home, { recursive: true });
    const file = path.join(folder, 'emsdk.tar.gz');
    fs.writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    await run('tar', ['-xzf', file, '--strip-components=1', '-C', home]);
    fs.rmSync(file);
  });
  await step(`installing Emscripten ${version} (a few hundred MB)`, async () => {
    await run('python3', ['emsdk.py', 'install', version], { cwd: home, env, log: 'emsdk', timeout: 1_200_000 });
    await run('python3', ['emsdk.py', 'activate', version], { cwd: home, env, log: 'emsdk-activate' });
  });
  const emscripten = path.join(home, 'upstream', 'emscripten');
  return {
    source: `emsdk ${version}`,
    emscripten,
    config: path.join(home, '.emscripten'),
    // With these hosts in reach CMake's FetchContent brings the headers.
    ...(part.headers ? { include: '' } : {}),
  };
}
