// Checks who imports whom. The rules are the data below; the check names file and line of each breach.
//   node scripts/check_arrows.mjs
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { at, root } from './lib/paths.mjs';
import { main } from './lib/steps.mjs';

/**
 * C++ rooms (folders of cpp/striate) and the rooms they stand on. A room may include what it names here and whatever
 * those rooms stand on; `only` rooms may include just what they name. Everything may include core.
 */
export const cppRooms = {
  bindings: { only: ['session'] },
  cli: { uses: ['session'] },
  session: { uses: ['train', 'introspect', 'io', 'models'] },
  train: { uses: ['graph', 'losses', 'optimizers', 'schedules', 'data'] },
  models: { uses: ['graph'] },
  io: { uses: ['graph'] },
  introspect: { uses: ['graph'] },
  graph: { uses: ['layers', 'init'] },
  data: { uses: ['augment'] },
  augment: { uses: ['kernels'] },
  layers: { uses: ['kernels'] },
  losses: { uses: ['kernels'] },
  optimizers: { uses: ['kernels'] },
  schedules: { uses: [] },
  init: { uses: [] },
  kernels: { uses: [] },
  core: { only: [] },
};

/**
 * Web rooms (folders of web, the longest match counts) and the rooms they may import, each with `packages` it may use.
 * `#engine` stands for the WebAssembly module's glue.
 */
export const webRooms = {
  // Programs of others: they may import what they install.
  examples: { uses: [], packages: [/^striate$/] },
  engine: { uses: [], packages: [/^node:(fs\/promises|os|worker_threads)$/] },
  worker: { uses: [], packages: [/^#engine$/] },
  lib: { uses: ['worker'], packages: [/^#engine$/] },
  'app/draw': { uses: [], packages: [] },
  'app/messages': { uses: ['lib'], packages: [] },
  'app/state': { uses: ['lib', 'app/draw', 'app/messages'], packages: [/^striate$/, /^svelte(\/|$)/] },
  'app/views': {
    uses: ['lib', 'app/draw', 'app/state', 'app/messages'],
    packages: [/^striate$/, /^svelte(\/|$)/, /^uplot(\/|$)/],
  },
  app: {
    uses: ['lib', 'app/draw', 'app/state', 'app/views', 'app/lab', 'app/lecture', 'app/messages'],
    packages: [/^striate$/, /^svelte(\/|$)/, /^uplot(\/|$)/, /^wasm-feature-detect$/],
  },
};

function reachable(rooms, room) {
  if (rooms[room].only) return new Set([room, 'core', ...rooms[room].only]);
  const seen = new Set([room, 'core']);
  const waiting = [room];
  while (waiting.length) {
    for (const next of rooms[waiting.pop()].uses) {
      if (!seen.has(next)) {
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return seen;
}

function* sources(folder, extensions) {
  if (!fs.existsSync(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(full, extensions);
    else if (extensions.some((extension) => entry.name.endsWith(extension))) yield full;
  }
}

const isComment = (line) => /^\s*(\/\/|\*|\/\*)/.test(line);

function* references(text, pattern) {
  for (const [index, line] of text.split('\n').entries()) {
    if (isComment(line)) continue;
    for (const match of line.matchAll(pattern)) yield { line: index + 1, target: match.slice(1).find(Boolean) };
  }
}

const breach = (base, file, line, words) => `${path.relative(base, file)}:${line}: ${words}`;

export function checkCpp(base = root, rooms = cppRooms) {
  const found = { files: 0, breaches: [] };
  const folder = path.join(base, 'cpp', 'striate');
  for (const file of sources(folder, ['.cpp', '.hpp', '.h'])) {
    found.files += 1;
    const room = path.relative(folder, file).split(path.sep)[0];
    if (!rooms[room]) {
      found.breaches.push(breach(base, file, 1, `the room ${room} is in no rule`));
      continue;
    }
    const allowed = reachable(rooms, room);
    for (const { line, target } of references(fs.readFileSync(file, 'utf8'), /^\s*#\s*include\s*[<"]([^>"]+)[>"]/g)) {
      const other = /^striate\/([^/]+)\//.exec(target)?.[1];
      if (other && !allowed.has(other))
        found.breaches.push(breach(base, file, line, `${room} must not include ${other} ("${target}")`));
      if (!other && /^\.\.?\//.test(target))
        found.breaches.push(breach(base, file, line, `include "striate/<room>/…", not "${target}"`));
      if (room !== 'bindings' && /^emscripten\//.test(target)) {
        found.breaches.push(breach(base, file, line, `only bindings know JavaScript ("${target}")`));
      }
    }
  }
  return found;
}

const importPattern =
  /(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]|\bnew\s+URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta/g;

export function checkWeb(base = root, rooms = webRooms) {
  const found = { files: 0, breaches: [] };
  const web = path.join(base, 'web');
  const names = Object.keys(rooms).sort((a, b) => b.length - a.length);
  const roomOf = (file) => {
    const relative = path.relative(web, file).split(path.sep).join('/');
    return names.find((name) => relative.startsWith(`${name}/`));
  };
  for (const file of sources(web, ['.ts', '.js', '.mjs', '.svelte'])) {
    found.files += 1;
    const room = roomOf(file);
    if (!room) {
      found.breaches.push(breach(base, file, 1, 'this folder is in no rule'));
      continue;
    }
    for (const { line, target } of references(fs.readFileSync(file, 'utf8'), importPattern)) {
      if (!target.startsWith('.')) {
        if (!rooms[room].packages.some((pattern) => pattern.test(target))) {
          found.breaches.push(breach(base, file, line, `${room} must not import "${target}"`));
        }
        continue;
      }
      const resolved = path.resolve(path.dirname(file), target);
      const other = roomOf(resolved);
      const inside = other === room || (other !== undefined && rooms[room].uses.includes(other));
      // The wasm lies outside web/, and files of public/ belong to no room.
      if (resolved.startsWith(web + path.sep) && !inside && !path.relative(web, resolved).startsWith('public')) {
        found.breaches.push(
          breach(base, file, line, `${room} must not import ${other ?? 'an unknown room'} ("${target}")`),
        );
      }
    }
  }
  return found;
}

export function checkArrows() {
  const parts = [checkCpp(), checkWeb()];
  return { files: parts.reduce((sum, part) => sum + part.files, 0), breaches: parts.flatMap((part) => part.breaches) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => {
    const { files, breaches } = checkArrows();
    breaches.forEach((line) => console.log(line));
    console.log(`${files} files in ${at('.')}, ${breaches.length} breaches`.replace(`${at('.')}`, 'cpp and web'));
    return breaches.length ? 1 : 0;
  });
}
