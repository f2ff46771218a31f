// Coverage is added up rightly: instances of a template are one line, other rooms do not count, too little fails.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { leastPercent, linesOf, summarize } from '../../scripts/coverage.mjs';

const root = path.resolve('/project');
const document = (file, counts) => ({
  current_working_directory: path.join(root, 'build'),
  files: [{ file, lines: counts.map(([line_number, count]) => ({ line_number, count })) }],
});

test('a line is run when one of its instances was, in one object or in several', () => {
  const header = '../cpp/striate/kernels/impl/a.hpp';
  const files = linesOf(
    [
      document(header, [
        [1, 0],
        [1, 3],
        [2, 0],
      ]),
      document(header, [
        [2, 0],
        [3, 1],
      ]),
      document('/usr/include/x.h', [[1, 0]]),
    ],
    root,
  );
  assert.deepEqual(Object.keys(files), [path.join('cpp', 'striate', 'kernels', 'impl', 'a.hpp')]);
  assert.deepEqual(
    [...Object.values(files)[0]],
    [
      [1, true],
      [2, false],
      [3, true],
    ],
  );
});

test('a room below the least percentage fails and names its lines; a room without lines fails', () => {
  const lines = Array.from({ length: 100 }, (_, i) => [i + 1, i < leastPercent - 1 ? 1 : 0]);
  const rows = summarize(
    linesOf(
      [document('../cpp/striate/layers/b.cpp', lines), document('../cpp/striate/kernels/c.cpp', lines.slice(0, 10))],
      root,
    ),
  );
  const row = (room) => rows.find((one) => one.room === room);
  assert.equal(row('layers').percent, leastPercent - 1);
  assert.equal(row('layers').ok, false);
  assert.match(row('layers').missed[0], /b\.cpp:95,96,97,98,99,100$/);
  assert.equal(row('kernels').ok, true);
  assert.equal(row('optimizers').ok, false);
});
