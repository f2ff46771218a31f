// Size budgets: what a person downloads before the page works, compressed. Data is not counted.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { engine, page } from './lib/paths.mjs';
import { main } from './lib/steps.mjs';

/** Not of the page's first load: its data, and what is fetched when it is first used. */
const later = /striate\.(more|relaxed|threads\.more)|[a-z]Room-|\/benchmark/;
/** Of the modules with threads and without, which differ in a bit, a visit has one. */
const other = /striate-|striate\.wasm/;

export const budgets = [
  {
    name: 'first load of the page',
    limit: 400,
    files: () =>
      filesUnder(page).filter(
        (file) => !file.startsWith(path.join(page, 'data')) && !later.test(file) && !other.test(path.basename(file)),
      ),
  },
  ...['', '.threads']
    .flatMap((memory) => [
      { name: `striate${memory}.wasm`, limit: 250 },
      { name: `striate${memory}.more.wasm`, limit: 250 },
      { name: `striate.relaxed${memory}.wasm`, limit: 255 },
      { name: `striate.relaxed${memory}.more.wasm`, limit: 255 },
    ])
    .map(({ name, limit }) => ({ name, limit, files: () => [path.join(engine, name)] })),
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
