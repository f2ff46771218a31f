// npm test [-- words]: every suite, from cold, or those whose name has one of the words.
// Each suite gives its name, its counts and its time; the last line is the sum.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkArrows } from './check_arrows.mjs';
import { checkMessages } from './check_messages.mjs';
import { checkSizes, describeSize } from './check_sizes.mjs';
import { describeRoom, measureCoverage } from './coverage.mjs';
import { at, logs, root } from './lib/paths.mjs';
import { Problem, main, run } from './lib/steps.mjs';
import {
  checkNode,
  ensureBuilt,
  ensureDigits,
  ensureEngine,
  ensureLibrary,
  ensureModules,
  ensureNative,
  ensurePage,
  nodeProgram,
  presetFolder,
} from './lib/setup.mjs';
import { ensurePrograms, findProgram } from './lib/system.mjs';

// ---- how each kind of test is run and counted -----------------------------------------------------------------------

const tail = (text, lines = 40) => text.trimEnd().split('\n').slice(-lines).join('\n');

/** One check whose command says yes or no. */
async function byExitCode(command, args, options) {
  const { code, output } = await run(command, args, { ...options, allowFailure: true });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, output: tail(output) };
}

/**
 * A doctest binary, run as several processes at once: each takes its share of the cases, in an order that puts long ones
 * apart. `targets`: further ones that later suites use. `shares`: how many a core; more of them are more even.
 * `without`: cases that are left out.
 */
function doctest(preset, { targets = [], command, env, shares = 1, without = [] } = {}) {
  return async () => {
    const folder = await ensureBuilt(preset, ['striate_tests', ...targets]);
    const [program, ...args] = command ? command(folder) : [path.join(folder, 'striate_tests')];
    if (without.length) args.push(`-tce=${without.join(',')}`);
    const options = { allowFailure: true, env: { ...process.env, ...env }, timeout: 900_000 };
    const { output: counted } = await run(program, [...args, '--count'], options);
    const count = Number(/passing the current filters: (\d+)/.exec(counted)?.[1] ?? 0);
    if (count === 0) return { passed: 0, failed: 1, output: tail(counted) };
    const cores = Math.max(1, Math.min(os.availableParallelism(), 8));
    const all = Math.min(cores * shares, count);
    const edge = (share) => Math.round((count * share) / all);
    const results = [];
    const work = Array.from({ length: all }, (_, share) => async () => {
      const range = [`--first=${edge(share) + 1}`, `--last=${edge(share + 1)}`, '--order-by=rand', '--rand-seed=1'];
      const log = `doctest-${preset}${all > 1 ? `-${share + 1}` : ''}`;
      results[share] = countsOf(
        await run(program, [...args, ...range], { ...options, log }),
        edge(share + 1) - edge(share),
      );
    });
    const take = async () => {
      for (let next = work.shift(); next; next = work.shift()) await next();
    };
    await Promise.all(Array.from({ length: cores }, take));
    const sum = (key) => results.reduce((total, result) => total + result[key], 0);
    const [passed, failed] = [sum('passed'), sum('failed')];
    const output = results
      .map((result) => result.output)
      .join('\n')
      .trim();
    return { passed, failed, output };
  };
}

/** doctest counts the cases out of range as passed, too. A sanitizer ends the program before it can count. */
function countsOf({ code, output }, cases) {
  const counted = /test cases:.*\|\s*(\d+) failed/.exec(output);
  const failed = Math.max(Number(counted?.[1] ?? 0), code === 0 && counted ? 0 : 1);
  return { passed: cases - failed, failed, output: failed ? tail(output, 80) : '' };
}

async function vitest() {
  await ensureModules();
  await ensureEngine();
  await ensureDigits();
  const report = path.join(logs, 'vitest.json');
  fs.mkdirSync(logs, { recursive: true });
  fs.rmSync(report, { force: true });
  const { code, output } = await run(
    nodeProgram('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { allowFailure: true, log: 'vitest', env: { ...process.env, NO_COLOR: '1' }, timeout: 900_000 },
  );
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, output: tail(output) };
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: skipped,
  } = JSON.parse(fs.readFileSync(report, 'utf8'));
  return {
    passed,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped,
    output: code === 0 ? '' : tail(output, 80),
  };
}

/** Files run by Node's own test runner, one at a time: browsers and timings want the machine to themselves. */
function nodeTests(folder) {
  return async () => {
    const files = fs.existsSync(at(folder))
      ? fs
          .readdirSync(at(folder))
          .filter((name) => name.endsWith('.test.mjs'))
          .sort()
      : [];
    if (files.length === 0) return { passed: 0, failed: 1, output: `no *.test.mjs in ${folder}` };
    const name = folder.replaceAll('/', '-');
    const { code, output } = await run(
      process.execPath,
      ['--test', '--test-concurrency=1', '--test-reporter=tap', ...files.map((file) => path.join(folder, file))],
      { allowFailure: true, log: name, timeout: 1_200_000 },
    );
    const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
    const failed = count('fail') + count('cancelled');
    const wrong = code !== 0 && failed === 0 ? 1 : failed;
    return {
      passed: count('pass'),
      failed: wrong,
      skipped: count('skipped') + count('todo'),
      output: wrong ? failuresOf(output) : '',
    };
  };
}

/** Of a TAP report, the failed tests and what they say. */
function failuresOf(tap) {
  const lines = tap.split('\n');
  const kept = [];
  for (let i = 0; i < lines.length; i += 1) {
    if (!/^\s*not ok /.test(lines[i])) continue;
    kept.push(lines[i]);
    for (let j = i + 1; j < lines.length && j < i + 30 && !/^\s*\.\.\.$/.test(lines[j]); j += 1) kept.push(lines[j]);
  }
  return (kept.length ? kept : lines.slice(-40)).join('\n');
}

/**
 * The kernels of NEON, cross-compiled, under an emulator: the tests of kernels, layers and core, and the bits of short
 * trainings, which are to be those of this machine's strict kernels. Left out where compiler or emulator can't be had.
 */
async function neon() {
  try {
    await ensurePrograms(['arm compiler', 'qemu']);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { passed: 0, failed: 0, skipped: 1, note: `left out. ${error.message} ${error.hint}` };
  }
  const qemu = findProgram('qemu');
  const result = await doctest('neon', {
    targets: ['striate_bits'],
    command: (folder) => [qemu, path.join(folder, 'striate_tests')],
    env: { STRIATE_KERNEL_SHAPES: '10' },
    shares: 2,
    // A minute and more of emulated floats.
    without: ['*in double precision*', '*random windows*'],
  })();
  if (process.arch !== 'x64') return result;
  const here = await ensureBuilt('native-release', ['striate_bits']);
  const bits = async (command, ...args) => (await run(command, args, { log: 'bits' })).output.trim();
  const emulated = await bits(qemu, path.join(presetFolder('neon'), 'striate_bits'), 'neon64_strict');
  const expected = await bits(path.join(here, 'striate_bits'), 'sse4_2');
  const same = emulated === expected;
  return {
    passed: result.passed + Number(same),
    failed: result.failed + Number(!same),
    output: [result.output, same ? '' : `NEON without FMA gives other bits.\nSSE4.2:\n${expected}\nNEON:\n${emulated}`]
      .filter(Boolean)
      .join('\n'),
  };
}

const listed = (problems, checked) => ({
  passed: checked - Math.min(checked, problems.length),
  failed: problems.length,
  output: problems.join('\n'),
});

// ---- the suites -----------------------------------------------------------------------------------------------------

const suites = [
  {
    name: 'arrows',
    run: async () => {
      const { breaches } = checkArrows();
      return breaches.length
        ? { passed: 0, failed: breaches.length, output: breaches.join('\n') }
        : { passed: 1, failed: 0 };
    },
  },
  {
    name: 'messages',
    run: async () => {
      await ensureModules();
      const { problems, languages } = await checkMessages();
      return listed(problems, languages.length);
    },
  },
  {
    name: 'scripts',
    run: async () => {
      await ensureModules();
      return nodeTests('tests/scripts')();
    },
  },
  { name: 'doctest native-release', run: doctest('native-release', { targets: ['striate'] }) },
  {
    name: 'doctest asan',
    // Refusing a size that cannot be had is part of what is tested.
    run: doctest('asan', {
      shares: 4,
      env: { ASAN_OPTIONS: 'allocator_may_return_null=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
    }),
  },
  // Two minutes of cross-compiling and emulation: `npm test -- neon`.
  { name: 'doctest neon', run: neon, onlyByName: true },
  {
    name: 'doctest wasm-simd',
    run: doctest('wasm-simd', {
      targets: ['striate_simd', 'striate_relaxed'],
      command: (folder) => [process.execPath, path.join(folder, 'striate_tests.cjs')],
    }),
  },
  {
    name: 'coverage',
    run: async () => {
      const result = await measureCoverage();
      if (!result) return { passed: 0, failed: 0, skipped: 1, note: 'left out: lines are counted by GCC' };
      if (result.failed) return { passed: 0, failed: 1, output: tail(result.failed, 80) };
      const { rows } = result;
      const short = rows.filter((row) => !row.ok);
      return {
        ...listed(
          short.map((row) => [describeRoom(row), ...row.missed].join('\n  not run: ')),
          rows.length,
        ),
        note: rows.map(describeRoom).join('; '),
      };
    },
  },
  {
    name: 'types: tsc',
    run: async () => {
      await ensureModules();
      return byExitCode(nodeProgram('tsc'), ['--noEmit', '-p', '.'], { log: 'tsc' });
    },
  },
  {
    name: 'types: svelte-check',
    run: async () => {
      await ensureModules();
      return byExitCode(
        nodeProgram('svelte-check'),
        ['--tsconfig', './tsconfig.json', '--output', 'human', '--fail-on-warnings'],
        { log: 'svelte-check' },
      );
    },
  },
  { name: 'vitest', run: vitest },
  {
    name: 'package',
    run: async () => {
      await ensureLibrary();
      const publint = await byExitCode(nodeProgram('publint'), ['--strict', '--pack', 'npm'], { log: 'publint' });
      const rest = await nodeTests('tests/package')();
      return {
        passed: publint.passed + rest.passed,
        failed: publint.failed + rest.failed,
        skipped: rest.skipped,
        output: [publint.output, rest.output].filter(Boolean).join('\n'),
      };
    },
  },
  {
    name: 'command line',
    run: async () => {
      await ensureNative();
      return nodeTests('tests/cli')();
    },
  },
  {
    name: 'onnx',
    run: async () => {
      await ensureLibrary();
      await ensureNative();
      return nodeTests('tests/onnx')();
    },
  },
  {
    name: 'bench',
    run: async () => {
      await ensurePrograms(['chromium']);
      await ensureLibrary();
      await ensureBuilt('wasm-simd', ['striate_bench']);
      await ensureNative();
      return nodeTests('tests/bench')();
    },
  },
  {
    name: 'sizes',
    run: async () => {
      await ensurePage();
      const rows = checkSizes();
      return {
        ...listed(rows.filter((row) => !row.ok).map(describeSize), rows.length),
        note: rows.map(describeSize).join('; '),
      };
    },
  },
  {
    name: 'end to end',
    run: async () => {
      await ensurePrograms(['chromium']);
      await ensurePage();
      await ensureNative();
      await ensureBuilt('native-strict', ['striate']);
      return nodeTests('tests/e2e')();
    },
  },
];

/** Of a long report, the beginning and the end. */
function shown(text) {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
  return (
    lines.length <= 120 ? lines : [...lines.slice(0, 60), `    … ${lines.length - 120} lines …`, ...lines.slice(-60)]
  ).join('\n');
}

const duration = (since) => {
  const all = Math.round((Date.now() - since) / 1000);
  return all < 60 ? `${all} s` : `${Math.floor(all / 60)} min ${all % 60} s`;
};

await main(async (words) => {
  checkNode();
  const chosen = suites.filter(({ name, onlyByName }) =>
    words.length ? words.some((word) => name.includes(word)) : !onlyByName,
  );
  if (chosen.length === 0)
    throw new Problem(`No suite is called like that.`, `Suites: ${suites.map(({ name }) => name).join(', ')}`);

  const begun = Date.now();
  const rows = [];
  for (const { name, run: work } of chosen) {
    console.log(`\n${name}`);
    const since = Date.now();
    let result;
    try {
      result = await work();
    } catch (error) {
      result = {
        passed: 0,
        failed: 1,
        output: error instanceof Problem ? [error.message, error.hint].filter(Boolean).join('\n') : error.stack,
      };
    }
    if (result.passed + result.failed + (result.skipped ?? 0) === 0)
      result = { ...result, failed: 1, output: 'this suite ran no test' };
    rows.push({ name, ...result, time: duration(since) });
    if (result.output && result.failed) console.log(shown(result.output));
    if (result.note) console.log(`    ${result.note}`);
    console.log(
      `  ${result.failed ? '✗ failed' : '✓ passed'}: ${result.passed} passed, ${result.failed} failed  (${duration(since)})`,
    );
  }

  console.log(`\n${'—'.repeat(60)}`);
  for (const { name, passed, failed, skipped, time } of rows) {
    console.log(
      `${failed ? '✗' : '✓'} ${name.padEnd(26)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed` +
        `${skipped ? ` ${skipped} skipped` : ''}   ${time}`,
    );
  }
  const sum = (key) => rows.reduce((total, row) => total + (row[key] ?? 0), 0);
  console.log(`in ${duration(begun)}; logs of every step are in ${path.relative(root, logs)}/`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  return sum('failed') ? 1 : 0;
});
