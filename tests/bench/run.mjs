// Prints the rows that match all words, one JSON object a line (see README.md).
//   node tests/bench/run.mjs lenet train b32
// Exit status: 0; 1 when a row fell below its baseline; 2 when no row has the words.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import { benchProgram, parseBenchArguments, runtimes as known, wantsEngine } from '../../scripts/lib/bench_arguments.mjs';
import { Problem, main } from '../../scripts/lib/steps.mjs';
import { inChromium } from './chromium.mjs';
import { compareRows, describeComparison, readRows, saveRows } from './compare.mjs';
import { measureInEngine, openFor } from './load.mjs';
import { measure } from './measure.mjs';
import { matches, rowsOf, wordsOf } from './workloads.mjs';

const at = (relative) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** Runs a program that prints a row a line; its exit status and what it said on standard error. */
async function lines(command, args, each) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  for await (const line of readline.createInterface({ input: child.stdout })) each(JSON.parse(line));
  return { status: await ended, errors };
}

async function native({ words, profile, quick }, each) {
  const args = ['bench', '--json', ...(profile ? ['--profile'] : []), ...words, ...(quick ? ['quick'] : [])];
  const { status, errors } = await lines(at('build/native/striate'), args, each);
  if (status !== 0 && !errors.includes('"code":"not_found"')) throw new Problem(`The native bench failed: ${errors}`);
}

/** What Node and a browser's worker do: whole networks by the shipped module, the rest by the engine's own bench. */
function jobs(runtime, { words, profile, quick }) {
  const inEngine = profile || wantsEngine(words);
  const engine = inEngine ? [[runtime, ...(profile ? ['--profile'] : []), ...words, ...(quick ? ['quick'] : [])]] : [];
  const rows = inEngine ? [] : rowsOf(runtime, words).filter((row) => matches(row, words));
  return [...rows.map((row) => ({ row, quick })), ...engine.map((args) => ({ program: benchProgram(words), args }))];
}

async function node(options, each) {
  const engine = await import(at('dist/engine/node.mjs'));
  // Behind a flag in Node 20.
  if (options.words.includes('relaxed-simd')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  for (const { row, quick, program, args } of jobs('node', options)) {
    if (row) {
      const opened = await openFor(engine, row);
      each(measure(opened.engine, row, quick));
      opened.end();
    } else {
      await measureInEngine(engine, pathToFileURL(at('build/wasm-simd/')).href, program, args, each);
    }
  }
}

async function chromium(options, each) {
  const all = jobs('chromium', options);
  if (all.length > 0) await inChromium(all, each);
}

await main(async (args) => {
  const options = parseBenchArguments(args);
  const rows = [];
  // Read before the minutes of measuring.
  const baseline = options.compare ? readRows(options.compare) : [];
  const take = (row) => {
    rows.push(row);
    console.log(JSON.stringify(row));
  };
  const work = { native, node, chromium };
  for (const runtime of options.runtimes) await work[runtime](options, take);
  if (rows.length === 0) {
    const words = [...new Set(known.flatMap((runtime) => rowsOf(runtime)).flatMap(wordsOf))];
    console.error(
      `No row matches "${args.join(' ')}". Words: ${words.join(', ')}, layers, forward, dinput, dweight, ` +
        'a layer such as lenet/conv1 (build/native/striate bench layers lists them), gemm 256, gemm 512.',
    );
    return 2;
  }
  if (options.save) console.error(`${saveRows(options.save, rows)} rows in ${options.save}`);
  if (!options.compare) return 0;
  const compared = compareRows(baseline, rows, options.tolerance);
  for (const row of compared) console.error(describeComparison(row));
  const fallen = compared.filter((row) => row.fallen).length;
  const met = compared.filter((row) => row.rate !== null).length;
  console.error(`${fallen} of ${met} rows fell by more than ${(100 * options.tolerance).toFixed(0)}%`);
  return fallen > 0 || met === 0 ? 1 : 0;
});
