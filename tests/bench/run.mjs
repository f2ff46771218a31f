// Prints the rows that match all words, one JSON object a line (see README.md).
//   node tests/bench/run.mjs lenet train b32
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { measureInChromium } from './chromium.mjs';
import { measure } from './measure.mjs';
import { matches, rowsOf, wordsOf } from './workloads.mjs';

const at = (relative) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const print = (row) => console.log(JSON.stringify(row));

function native(rows) {
  for (const row of rows) {
    const words = [row.workload, row.mode, `b${row.batch}`, `t${row.threads}`];
    const { status, stdout, stderr, error } = spawnSync(at('build/native/striate'), ['bench', ...words, '--json'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`build/native/striate bench failed: ${error?.message ?? stderr}`);
    process.stdout.write(stdout);
  }
}

async function node(rows) {
  const { default: createEngine } = await import(at('dist/engine/striate.node.mjs'));
  const module = await createEngine();
  for (const row of rows) print(measure(module, row));
}

const runtimes = { native, node, chromium: (rows) => measureInChromium(rows, print) };

const words = process.argv.slice(2);
const chosen = Object.keys(runtimes).map((runtime) => [
  runtime,
  rowsOf(runtime, words).filter((row) => matches(row, words)),
]);
if (chosen.every(([, rows]) => rows.length === 0)) {
  const known = new Set(
    Object.keys(runtimes)
      .flatMap((runtime) => rowsOf(runtime))
      .flatMap(wordsOf),
  );
  console.error(`No row matches "${words.join(' ')}". Words: ${[...known].join(', ')}.`);
  process.exit(2);
}
for (const [runtime, rows] of chosen) {
  if (rows.length > 0) await runtimes[runtime](rows);
}
