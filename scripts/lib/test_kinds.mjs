// How each kind of test is run and counted. Each gives { passed, failed, skipped, output, note }.
//
// What a suite is made of is its `made`; its `run` builds nothing, since other folders are built at the same time.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { at, logs } from './paths.mjs';
import { ensureBuilt, nodeProgram, presetFolder } from './setup.mjs';
import { run } from './steps.mjs';

export const tail = (text, lines = 40) => text.trimEnd().split('\n').slice(-lines).join('\n');

/** One check whose command says yes or no. */
export async function byExitCode(command, args, options) {
  const { code, output } = await run(command, args, { ...options, allowFailure: true });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, output: tail(output) };
}

/**
 * A doctest binary, run as several processes at once: each takes its share of the cases, in an order that puts long ones
 * apart. `targets`: further ones that later suites use. `shares`: how many a core; more of them are more even.
 * `without`: cases that are left out.
 */
export function doctest(preset, { targets = [], command, env, shares = 1, without = [] } = {}) {
  const made = () => ensureBuilt(preset, ['striate_tests', ...targets]);
  const runTests = async () => {
    const folder = presetFolder(preset);
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
  return { made, run: runTests };
}

/** doctest counts the cases out of range as passed, too. A sanitizer ends the program before it can count. */
function countsOf({ code, output }, cases) {
  const counted = /test cases:.*\|\s*(\d+) failed/.exec(output);
  const failed = Math.max(Number(counted?.[1] ?? 0), code === 0 && counted ? 0 : 1);
  return { passed: cases - failed, failed, output: failed ? tail(output, 80) : '' };
}

export async function vitest() {
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

/**
 * Files run by Node's own test runner, one at a time: browsers and timings want the machine to themselves. Those named in
 * `inPairs` promise no times and wait much; they come first, two at a time.
 */
export function nodeTests(folder, { inPairs = [] } = {}) {
  return async () => {
    const files = fs.existsSync(at(folder))
      ? fs
          .readdirSync(at(folder))
          .filter((name) => name.endsWith('.test.mjs'))
          .sort()
      : [];
    if (files.length === 0) return { passed: 0, failed: 1, output: `no *.test.mjs in ${folder}` };
    const paired = inPairs.map((name) => `${name}.test.mjs`);
    const unknown = paired.filter((name) => !files.includes(name));
    if (unknown.length > 0) return { passed: 0, failed: 1, output: `no ${unknown.join(', ')} in ${folder}` };
    const alone = files.filter((name) => !paired.includes(name));
    const results = [];
    if (paired.length > 0) results.push(await runFiles(folder, paired, 2, '-paired'));
    if (alone.length > 0) results.push(await runFiles(folder, alone, 1, ''));
    const sum = (key) => results.reduce((total, result) => total + result[key], 0);
    return {
      passed: sum('passed'),
      failed: sum('failed'),
      skipped: sum('skipped'),
      output: results
        .map(({ output }) => output)
        .filter(Boolean)
        .join('\n'),
    };
  };
}

async function runFiles(folder, files, atOnce, suffix) {
  const { code, output } = await run(
    process.execPath,
    ['--test', `--test-concurrency=${atOnce}`, '--test-reporter=tap', ...files.map((file) => path.join(folder, file))],
    { allowFailure: true, log: folder.replaceAll('/', '-') + suffix, timeout: 1_200_000 },
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
