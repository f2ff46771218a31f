// Which lines of the arithmetic the tests run: kernels, layers, optimizers. GCC counts, gcov reads, this adds up.
//
// A line of a template counts once, run when any of its instances ran it. Only the baseline arch is built: the others are
// the same templates. The preset `coverage` builds no optimisation, so the tests that need it stay out (`skipped`).
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { at, root } from './lib/paths.mjs';
import { checkNode, ensureBuilt, presetFolder } from './lib/setup.mjs';
import { ask, main, run, step } from './lib/steps.mjs';

export const rooms = ['kernels', 'layers', 'optimizers'];
export const leastPercent = 95;

const skipped = [
  '*small networks and their twins*',
  'conv2d: random windows*',
  '*layers of LeNet*',
  '*state dict saved*',
];

function* filesUnder(folder, ending) {
  if (!fs.existsSync(folder)) return;
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(full, ending);
    else if (full.endsWith(ending)) yield full;
  }
}

/** gcov's JSON, one document a line → { file (from the root): Map(line → was it run) }, the files of the rooms alone. */
export function linesOf(documents, folder = root) {
  const files = {};
  for (const { current_working_directory: base = folder, files: parts } of documents) {
    for (const { file, lines } of parts) {
      const name = path.relative(folder, path.resolve(base, file));
      if (!rooms.some((room) => name.startsWith(path.join('cpp', 'striate', room) + path.sep))) continue;
      const known = (files[name] ??= new Map());
      for (const { line_number: number, count } of lines) known.set(number, known.get(number) === true || count > 0);
    }
  }
  return files;
}

/** One row a room: { room, lines, run, percent, ok, missed: ['file:line', …] }. */
export function summarize(files) {
  return rooms.map((room) => {
    const missed = [];
    let lines = 0;
    for (const [name, known] of Object.entries(files).sort()) {
      if (!name.startsWith(path.join('cpp', 'striate', room) + path.sep)) continue;
      lines += known.size;
      const away = [...known].filter(([, wasRun]) => !wasRun).map(([number]) => number);
      if (away.length) missed.push(`${name}:${away.sort((a, b) => a - b).join(',')}`);
    }
    const gone = missed.reduce((sum, text) => sum + text.split(',').length, 0);
    const percent = lines ? (100 * (lines - gone)) / lines : 0;
    return { room, lines, run: lines - gone, percent, ok: percent >= leastPercent, missed };
  });
}

export const describeRoom = ({ room, lines, run: done, percent }) =>
  `${room} ${percent.toFixed(1)}% of ${lines} lines (${done})`;

/** Whether lines can be counted: Clang's own format would need another reader. */
const hasGcc = async () => /free software foundation/i.test((await ask(process.env.CXX ?? 'c++', ['--version'])) ?? '');

/** Builds what is measured. */
export async function makeCoverage() {
  if (await hasGcc()) await ensureBuilt('coverage', ['striate_tests']);
}

/** Runs the tests and counts. { rows, failed: the tests' output where one failed }, or undefined without GCC. */
export async function measureCoverage() {
  if (!(await hasGcc())) return undefined;
  const folder = presetFolder('coverage');
  const objects = path.join(folder, 'CMakeFiles', 'striate_core.dir');
  for (const file of filesUnder(folder, '.gcda')) fs.rmSync(file);
  const tests = await step('running the tests, lines counted', () =>
    run(path.join(folder, 'striate_tests'), [`-tce=${skipped.join(',')}`], {
      allowFailure: true,
      log: 'coverage',
      timeout: 600_000,
      env: { ...process.env, STRIATE_KERNEL_SHAPES: '60' },
    }),
  );
  if (tests.code !== 0) return { rows: [], failed: tests.output };
  // A file without counts was linked into nothing: its lines are there, and not run.
  // Files that are compiled together are called by their folder, cpp_striate_layers_0.
  const ofRooms = new RegExp(`cpp[_/]striate[_/](${rooms.join('|')})[_/]`);
  const notes = [
    ...[...filesUnder(objects, '.gcno')].filter((name) => ofRooms.test(path.relative(objects, name))),
    ...filesUnder(path.join(folder, 'CMakeFiles', 'striate_tests.dir'), '.gcno'),
  ];
  const output = execFileSync('gcov', ['--json-format', '--stdout', ...notes], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
    stdio: ['ignore', 'pipe', 'ignore'], // its remarks would come between the documents
  });
  const documents = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { rows: summarize(linesOf(documents)) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    checkNode();
    await makeCoverage();
    const result = await measureCoverage();
    if (!result) {
      console.log('Coverage needs GCC.');
      return 0;
    }
    if (result.failed) console.log(result.failed.slice(-4000));
    for (const row of result.rows) {
      console.log(`${row.ok ? '✓' : '✗'} ${describeRoom(row)}`);
      for (const text of row.missed) console.log(`    not run: ${path.relative(root, at(text))}`);
    }
    return !result.failed && result.rows.every((row) => row.ok) ? 0 : 1;
  });
}
