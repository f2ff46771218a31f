// The bench from its command line: options, which rows words choose, baselines, and a short run of each kind of row.
// Figures of the short runs mean nothing and are not looked at.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultTolerance, parseBenchArguments, wantsEngine } from '../../scripts/lib/bench_arguments.mjs';
import { compareRows, readRows, saveRows } from './compare.mjs';
import { matches, rowsOf, workloads } from './workloads.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-bench-test-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

const members = [
  'workload',
  'mode',
  'batch',
  'threads',
  'runtime',
  'build',
  'images_per_s_median',
  'images_per_s_min',
  'images_per_s_max',
  'gflops',
  'share_of_peak',
];

/** The rows that a short run prints. */
function bench(...args) {
  const script = fileURLToPath(new URL('run.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--quick', ...args], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter(Boolean);
  return { status, stderr, rows: lines.map((line) => JSON.parse(line)) };
}

test('options are told from words, and runtimes from both', () => {
  const options = parseBenchArguments(['lenet', '--save', 'a.jsonl', 'train', '--tolerance=0.3', 'node', '--quick']);
  assert.deepEqual(options.words, ['lenet', 'train']);
  assert.deepEqual(options.runtimes, ['node']);
  assert.deepEqual([options.save, options.tolerance, options.quick], ['a.jsonl', 0.3, true]);
  assert.deepEqual(parseBenchArguments([]).runtimes, ['native', 'node', 'chromium']);
  assert.equal(parseBenchArguments([]).tolerance, defaultTolerance);
  // A row has one runtime, so none has two.
  assert.deepEqual(parseBenchArguments(['node', 'native']).runtimes, []);
  for (const wrong of [['--fast'], ['--save'], ['--save', '--quick'], ['--tolerance', 'x'], ['--tolerance', '1']])
    assert.throws(() => parseBenchArguments(wrong), { name: 'Problem' });
  assert.throws(() => parseBenchArguments(['--profile', '--compare', 'a']), { name: 'Problem' });
});

test('words choose rows of whole networks', () => {
  const chosen = (...words) => rowsOf('node', words).filter((row) => matches(row, words));
  assert.equal(chosen().length, 10);
  assert.deepEqual(
    chosen('lenet', 'train').map(({ batch }) => batch),
    [1, 32, 128],
  );
  assert.equal(chosen('lenet', 'train', 'b7', 't1', 'node', 'simd').length, 1);
  assert.equal(chosen('resnet18', 'train').length, 0);
  assert.equal(chosen('lenet', 'chromium').length, 0);
  assert.deepEqual(
    [['layers'], ['lenet/conv1'], ['dweight'], ['gemm', '512'], ['lenet', 'augmented'], ['lenet', 'b32']].map((words) =>
      wantsEngine(words),
    ),
    [true, true, true, true, true, false],
  );
});

const row = (more) => ({
  workload: 'lenet',
  mode: 'train',
  batch: 32,
  threads: 1,
  runtime: 'node',
  build: 'simd',
  images_per_s_median: 1000,
  share_of_peak: 0.5,
  ...more,
});

test('a baseline keeps rows, a new measurement replaces the old one', () => {
  const file = path.join(folder, 'kept.jsonl');
  saveRows(file, [row(), row({ batch: 1 })]);
  saveRows(file, [row({ images_per_s_median: 1100 })]);
  assert.deepEqual(
    readRows(file)
      .map(({ batch, images_per_s_median: rate }) => [batch, rate])
      .sort(),
    [
      [1, 1000],
      [32, 1100],
    ],
  );
  fs.writeFileSync(file, '{"workload":"lenet"}\n');
  assert.throws(() => readRows(file), /line 1/);
});

test('a row has fallen when its rate and its share of the peak both have', () => {
  const fallen = (now) => compareRows([row()], [row(now)], 0.15)[0].fallen;
  assert.equal(fallen({}), false);
  assert.equal(fallen({ images_per_s_median: 800, share_of_peak: 0.4 }), true);
  assert.equal(fallen({ images_per_s_median: 900, share_of_peak: 0.45 }), false);
  // A busy machine: slower, at the same share of what it can do. A peak measured in a better moment.
  assert.equal(fallen({ images_per_s_median: 500, share_of_peak: 0.49 }), false);
  assert.equal(fallen({ images_per_s_median: 990, share_of_peak: 0.3 }), false);
  assert.equal(compareRows([row()], [row({ batch: 7 })], 0.15)[0].rate, null);
});

test('whole networks run natively and in Node, with the same operations', () => {
  const { status, rows, stderr } = bench('cifar-small', 'b4', 'node');
  assert.equal(status, 0, stderr);
  const native = bench('cifar-small', 'b4', 'native').rows;
  assert.deepEqual([rows.length, native.length], [1, 1]);
  for (const measured of [...rows, ...native]) {
    for (const member of members) assert.ok(member in measured, member);
    const flop = (measured.gflops * 1e9) / measured.images_per_s_median;
    assert.ok(Math.abs(flop / workloads['cifar-small'].modes.train.flop - 1) < 0.01, `${flop}`);
    assert.ok(measured.images_per_s_min <= measured.images_per_s_median);
  }
});

test('layers alone, profiles and augmented trainings run natively, in Node and in Chromium', () => {
  for (const runtime of ['native', 'node', 'chromium']) {
    const { rows, stderr } = bench('lenet/conv2', 'b4', 't1', runtime);
    assert.deepEqual(
      rows.map((measured) => [measured.mode, measured.runtime]),
      ['forward', 'dinput', 'dweight'].map((mode) => [mode, runtime]),
      stderr,
    );
  }
  const { rows: relaxed, stderr: said } = bench('gemm', '256', 'dinput', 'b8', 'node', 'relaxed-simd');
  assert.deepEqual(
    relaxed.map((measured) => [measured.workload, measured.mode, measured.build]),
    [['linear/256', 'dinput', 'relaxed-simd']],
    said,
  );
  for (const runtime of ['native', 'node']) {
    const { rows, stderr } = bench('--profile', 'lenet', 'train', 'b8', runtime);
    const step = rows.pop();
    assert.equal(step?.part, 'step', stderr);
    const sum = rows.reduce((total, { us }) => total + us, 0);
    assert.ok(Math.abs(sum / step.us - 1) < 1e-3, `${sum} of ${step.us}`);
    const [augmented, ...more] = bench('lenet', 'augmented', 'b8', runtime).rows;
    assert.deepEqual([augmented?.mode, augmented?.runtime, more], ['augmented', runtime, []]);
    assert.equal(typeof augmented.augmentation_cost, 'number');
    // Of the calling thread's time, which a busy machine cuts up as it likes: the bench shows how much it is, no test promises it.
    assert.ok(step.kernel_share > 0.1 && step.kernel_share <= 1, `${step.kernel_share}`);
    const shared = bench('--profile', 'lenet', 'train', 'b32', 't2', runtime);
    assert.equal(shared.rows.pop()?.threads, 2, shared.stderr);
  }
});

test('direct convolutions are measured when the words ask for them', () => {
  for (const runtime of ['native', 'node']) {
    const { rows, stderr } = bench('cifar-small', 'train', 'b4', 'direct', runtime);
    assert.deepEqual(
      rows.map((measured) => [measured.mode, measured.convolution]),
      [['train', 'direct']],
      stderr,
    );
    assert.ok(!('convolution' in bench('cifar-small', 'train', 'b4', runtime).rows[0]));
  }
  const profile = bench('--profile', 'cifar-small', 'b4', 'direct', 'native').rows.pop();
  assert.equal(profile?.convolution, 'direct');
});

test('a comparison ends with status 1 on a fall, and unknown words with 2', () => {
  const file = path.join(folder, 'compared.jsonl');
  const words = ['lenet', 'train', 'b8', 'native'];
  assert.equal(bench(...words, '--save', file).status, 0);
  const [saved] = readRows(file);
  const against = (factor) => {
    const then = {
      ...saved,
      images_per_s_median: saved.images_per_s_median * factor,
      share_of_peak: saved.share_of_peak * factor,
    };
    fs.writeFileSync(file, JSON.stringify(then));
    return bench(...words, '--compare', file);
  };
  assert.equal(against(1e-3).status, 0);
  const slower = against(1e3);
  assert.equal(slower.status, 1);
  assert.match(slower.stderr, /1 of 1 rows fell by more than 15%/);
  assert.equal(bench('nothing', 'native').status, 2);
});
