// The packed digits: the two IDX parts, the fixed stratified split, and the hash that guards them.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import test from 'node:test';
import { digitsSha256, heldOutCounts, packDigits } from '../../scripts/digits.mjs';

test('the held-out share is proportional and sums exactly', () => {
  assert.deepEqual(heldOutCounts([10, 10, 10], 3), [1, 1, 1]);
  assert.deepEqual(heldOutCounts([5, 5, 10], 3), [1, 1, 1]);
  const counts = heldOutCounts([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978], 1000);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1000,
  );
});

test('10,000 images of 28 × 28 and their labels, in two IDX parts', () => {
  const bytes = packDigits();
  const labelsAt = 16 + 10_000 * 784;
  assert.equal(bytes.length, labelsAt + 8 + 10_000);
  assert.deepEqual(
    [0, 4, 8, 12].map((at) => bytes.readUInt32BE(at)),
    [0x803, 10_000, 28, 28],
  );
  assert.deepEqual(
    [0, 4].map((at) => bytes.readUInt32BE(labelsAt + at)),
    [0x801, 10_000],
  );

  const labels = [...bytes.subarray(labelsAt + 8)];
  const count = (list) => list.reduce((counts, label) => counts.with(label, counts[label] + 1), Array(10).fill(0));
  const all = count(labels);
  const heldOut = count(labels.slice(9000));
  all.forEach((total, label) => assert.ok(Math.abs(heldOut[label] - total / 10) < 1, `digit ${label}`));
});

test('the order is the one that the hash guards', () => {
  assert.equal(crypto.createHash('sha256').update(packDigits()).digest('hex'), digitsSha256);
});
