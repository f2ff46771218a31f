// The native command line: what it trains with when little is said, what flags change, and what it refuses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';

let folder;
let digits;
let colours;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-cli-'));
  const file = (name, ...parts) => {
    const full = path.join(folder, name);
    fs.writeFileSync(full, Buffer.concat(parts.map((part) => Buffer.from(part))));
    return full;
  };
  const count = 80;
  const pixels = (length) => Uint8Array.from({ length }, (_, i) => (i * 2654435761) >>> 24);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const images = file('images', [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28], pixels(count * 784));
  digits = ['--images', images, '--labels', file('labels', [0, 0, 8, 1, 0, 0, 0, count], labels)];
  const records = [...labels].flatMap((label) => [[label], pixels(3072)]);
  colours = ['--cifar10', file('batch.bin', ...records)];
});
after(() => fs.rmSync(folder, { recursive: true }));

const striate = (...args) => spawnSync(at('build', 'native', 'striate'), args, { encoding: 'utf8' });

function trained(...args) {
  const { status, stdout, stderr } = striate('train', ...args, '--json');
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n').map(JSON.parse);
}

const near = (value, wanted) => assert.ok(Math.abs(value / wanted - 1) < 1e-4, `${value}, not ${wanted}`);

test('a network with a recipe is trained by it', () => {
  const reports = trained('--network', 'lenet5', ...digits, '--epochs', '2');
  assert.deepEqual(
    reports.map(({ step }) => step),
    [2, 4],
    'batches of 64',
  );
  assert.ok(reports.every(({ learningRate }) => learningRate <= 0.003));
});

test('the recipe of a residual network lowers the rate at half and at three quarters', () => {
  const reports = trained('--network', 'resnet8', ...colours, '--epochs', '4');
  reports.forEach(({ learningRate }, i) => near(learningRate, [0.1, 0.1, 0.01, 0.001][i]));
});

test('an optimizer or a rate that is asked for takes its place', () => {
  const [flag] = trained('--network', 'lenet5', ...digits, '--epochs', '1', '--rate', '0.01');
  near(flag.learningRate, 0.01);
  const own = ['--options', '{"optimizer":{"type":"adam","learningRate":0.002},"batchSize":40}'];
  const [json] = trained('--network', 'lenet5', ...digits, '--epochs', '1', ...own);
  near(json.learningRate, 0.002);
  assert.equal(json.step, 2);
});

test('without a recipe: one epoch of SGD in batches of 32', () => {
  const reports = trained('--network', 'lenet', ...digits);
  assert.equal(reports.length, 1);
  assert.equal(reports[0].step, 3);
  near(reports[0].learningRate, 0.05);
});

test('synthetic images need no file, and their seed is theirs alone', () => {
  const loss = (...args) => trained('--network', 'resnet8', '--epochs', '1', '--synthetic', '40', ...args)[0].loss;
  assert.equal(loss(), loss('--synthetic-seed', '1'));
  assert.notEqual(loss(), loss('--synthetic-seed', '2'));
});

test('what is wrong ends with a status and a reason', () => {
  const refused = (words, ...args) => {
    const { status, stderr } = striate('train', ...args);
    assert.notEqual(status, 0, args.join(' '));
    assert.match(stderr, words);
  };
  refused(/no network 'lenett'/, '--network', 'lenett', ...digits);
  refused(/records of 3073 bytes/, '--network', 'resnet8', '--cifar10', digits[1]);
  refused(/--labels/, ...digits.slice(0, 2));
  refused(/--synthetic/, ...digits, '--synthetic', '10');
  refused(/not an object/, ...digits, '--options', '[]');
  refused(/resnet8|28×28|shape/i, '--network', 'resnet8', ...digits);
});
