// Size budgets: what a person downloads before the page works, compressed. Data is not counted.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { engine, page } from './lib/paths.mjs';
import { main } from './lib/steps.mjs';

export const budgets = [
  {
    name: 'first load of the page',
    limit: 400,
    // Neither the data nor what is fetched when it is first used: the other modules, the rooms below the first screen, the
    // measuring of the machine.
    files: () =>
      filesUnder(page).filter(
        (file) =>
          !file.startsWith(path.join(page, 'data')) && !/striate\.(more|relaxed)|[a-z]Room-|\/benchmark/.test(file),
      ),
  },
  ...[
    { name: 'striate.wasm', limit: 250 },
    { name: 'striate.more.wasm', limit: 250 },
    { name: 'striate.relaxed.wasm', limit: 255 },
    { name: 'striate.relaxed.more.wasm', limit: 255 },
  ].map(({ name, limit }) => ({ name, limit, files: () => [path.join(engine, name)] })),
];

const filesUnder = (folder) =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(full) : [full];
  });

/** One row a budget: { name, limit, kilobytes, ok } (1 KB = 1024 bytes). */
export function checkSizes() {
  return budgets.map(({ name, limit, files }) => {
    const bytes = files().reduce((sum, file) => sum + zlib.gzipSync(fs.readFileSync(file), { level: 9 }).length, 0);
    const kilobytes = bytes / 1024;
    return { name, limit, kilobytes, ok: kilobytes <= limit };
  });
}

export const describeSize = ({ name, limit, kilobytes }) => `${name}: ${kilobytes.toFixed(1)} KB gzip of ${limit}`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => {
    const rows = checkSizes();
    for (const row of rows) console.log(`${row.ok ? '✓' : '✗'} ${describeSize(row)}`);
    return rows.every((row) => row.ok) ? 0 : 1;
  });
}
