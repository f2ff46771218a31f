// npm test [-- words]: every suite, from cold, or those whose name has one of the words.
// Each suite gives its name, its counts and its time; the last line is the sum.
//
// What suites are made of is built ahead of them, one folder after another, while earlier suites run: many of those keep
// one core busy. Suites that promise times stand last and begin when all is built.
import path from 'node:path';
import { checkArrows } from './check_arrows.mjs';
import { checkMessages } from './check_messages.mjs';
import { checkSizes, describeSize } from './check_sizes.mjs';
import { describeRoom, makeCoverage, measureCoverage } from './coverage.mjs';
import { logs, root } from './lib/paths.mjs';
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
import { byExitCode, doctest, nodeTests, tail, vitest } from './lib/test_kinds.mjs';

/**
 * The kernels of NEON, cross-compiled, under an emulator: the tests of kernels, layers and core, and the bits of short
 * trainings, which are to be those of this machine's strict kernels. Left out where compiler or emulator can't be had.
 */
const neonTests = doctest('neon', {
  targets: ['striate_bits'],
  command: (folder) => [findProgram('qemu'), path.join(folder, 'striate_tests')],
  env: { STRIATE_KERNEL_SHAPES: '10' },
  shares: 2,
  // A minute and more of emulated floats.
  without: ['*in double precision*', '*random windows*'],
});
let withoutNeon;
async function makeNeon() {
  try {
    await ensurePrograms(['arm compiler', 'qemu']);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    withoutNeon = `left out. ${error.message} ${error.hint}`;
    return;
  }
  await neonTests.made();
  if (process.arch === 'x64') await ensureBuilt('native-release', ['striate_bits']);
}
async function runNeon() {
  if (withoutNeon) return { passed: 0, failed: 0, skipped: 1, note: withoutNeon };
  const result = await neonTests.run();
  if (process.arch !== 'x64') return result;
  const qemu = findProgram('qemu');
  const bits = async (command, ...args) => (await run(command, args, { log: 'bits' })).output.trim();
  const emulated = await bits(qemu, path.join(presetFolder('neon'), 'striate_bits'), 'neon64_strict');
  const expected = await bits(path.join(presetFolder('native-release'), 'striate_bits'), 'sse4_2');
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
    made: ensureModules,
    run: async () => {
      const { problems, languages } = await checkMessages();
      return listed(problems, languages.length);
    },
  },
  {
    name: 'types: tsc',
    made: ensureModules,
    run: () => byExitCode(nodeProgram('tsc'), ['--noEmit', '-p', '.'], { log: 'tsc' }),
  },
  {
    name: 'types: svelte-check',
    made: ensureModules,
    run: () =>
      byExitCode(
        nodeProgram('svelte-check'),
        ['--tsconfig', './tsconfig.json', '--output', 'human', '--fail-on-warnings'],
        { log: 'svelte-check' },
      ),
  },
  { name: 'scripts', made: ensureModules, run: nodeTests('tests/scripts') },
  { name: 'doctest native-release', ...doctest('native-release', { targets: ['striate'] }) },
  { name: 'command line', made: ensureNative, run: nodeTests('tests/cli') },
  {
    name: 'doctest asan',
    // Refusing a size that cannot be had is part of what is tested.
    ...doctest('asan', {
      shares: 4,
      env: { ASAN_OPTIONS: 'allocator_may_return_null=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
    }),
  },
  // The kernels of sixteen lanes in software: `npm test -- wide`.
  { name: 'doctest wide', ...doctest('wide', { env: { STRIATE_KERNEL_SHAPES: '300' } }), onlyByName: true },
  // Two minutes of cross-compiling and emulation: `npm test -- neon`.
  { name: 'doctest neon', made: makeNeon, run: runNeon, onlyByName: true },
  {
    name: 'doctest wasm-simd',
    ...doctest('wasm-simd', {
      targets: ['striate_simd', 'striate_relaxed', 'striate_bench_simd', 'striate_bench_relaxed'],
      command: (folder) => [process.execPath, path.join(folder, 'striate_tests.cjs')],
    }),
  },
  {
    name: 'package',
    made: ensureLibrary,
    run: async () => {
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
    name: 'onnx',
    made: async () => {
      await ensureLibrary();
      await ensureNative();
    },
    run: nodeTests('tests/onnx'),
  },
  {
    name: 'coverage',
    made: makeCoverage,
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
    name: 'sizes',
    made: ensurePage,
    run: async () => {
      const rows = checkSizes();
      return {
        ...listed(rows.filter((row) => !row.ok).map(describeSize), rows.length),
        note: rows.map(describeSize).join('; '),
      };
    },
  },
  {
    name: 'vitest',
    quiet: true,
    made: async () => {
      await ensureModules();
      await ensureEngine();
      await ensureDigits();
    },
    run: vitest,
  },
  {
    name: 'bench',
    quiet: true,
    made: async () => {
      await ensurePrograms(['chromium']);
      await ensureLibrary();
      await ensureBuilt('wasm-simd', ['striate_bench_simd', 'striate_bench_relaxed']);
      await ensureNative();
    },
    run: nodeTests('tests/bench'),
  },
  {
    name: 'end to end',
    quiet: true,
    made: async () => {
      await ensurePrograms(['chromium']);
      await ensurePage();
      await ensureNative();
      await ensureBuilt('native-strict', ['striate']);
    },
    run: nodeTests('tests/e2e', {
      inPairs: ['data', 'drawing', 'loading', 'look', 'rooms', 'static_host', 'threads', 'trouble'],
    }),
  },
];

/** Builds what the suites are made of in one line; a promise for each. A failure is that of the suites which need it. */
function buildAhead(chosen) {
  let line = Promise.resolve();
  return chosen.map(({ made }) => {
    const mine = line.then(() => made?.());
    line = mine.catch(() => {});
    return mine;
  });
}

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
  const built = buildAhead(chosen);
  const rows = [];
  for (const [nth, { name, run: work, quiet }] of chosen.entries()) {
    console.log(`\n${name}`);
    const since = Date.now();
    let result;
    try {
      if (quiet) await Promise.allSettled(built);
      await built[nth];
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
