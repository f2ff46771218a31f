// The arrows check itself: it must find a breach, name its file and line, and leave what is allowed alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { checkCpp, checkWeb } from '../../scripts/check_arrows.mjs';

function house(files) {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-arrows-'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(base, name)), { recursive: true });
    fs.writeFileSync(path.join(base, name), text);
  }
  return { base, remove: () => fs.rmSync(base, { recursive: true }) };
}

test('a room may include what lies below it', () => {
  const { base, remove } = house({
    'cpp/striate/session/a.cpp':
      '#include "striate/train/t.hpp"\n#include "striate/kernels/k.hpp"\n#include "striate/core/c.hpp"\n',
    'cpp/striate/kernels/b.cpp': '#include "striate/kernels/k.hpp"\n// #include "striate/graph/g.hpp"\n',
  });
  assert.deepEqual(checkCpp(base), { files: 2, breaches: [] });
  remove();
});

test('upward, sideward and unknown includes are named with file and line', () => {
  const { base, remove } = house({
    'cpp/striate/kernels/a.cpp': '\n#include "striate/graph/g.hpp"\n',
    'cpp/striate/train/b.cpp': '#include "striate/io/i.hpp"\n',
    'cpp/striate/bindings/c.cpp': '#include "striate/session/s.hpp"\n#include "striate/graph/g.hpp"\n',
    'cpp/striate/layers/d.cpp': '#include "../core/c.hpp"\n',
    'cpp/striate/session/e.cpp': '#include <emscripten/val.h>\n',
    'cpp/striate/attic/f.cpp': '',
  });
  const { breaches } = checkCpp(base);
  assert.deepEqual(
    breaches.map((line) => line.split(' ')[0]),
    [
      'cpp/striate/attic/f.cpp:1:',
      'cpp/striate/bindings/c.cpp:2:',
      'cpp/striate/kernels/a.cpp:2:',
      'cpp/striate/layers/d.cpp:1:',
      'cpp/striate/session/e.cpp:1:',
      'cpp/striate/train/b.cpp:1:',
    ],
  );
  remove();
});

test('the page imports the library; the library, the worker and draw do not look up', () => {
  const { base, remove } = house({
    'web/app/main.ts': "import { loadStriate } from '../lib/index.js';\nimport './views/pad.js';\n",
    'web/app/draw/paint.ts': "import { state } from '../state/network.js';\n",
    'web/lib/load.ts': "import type { X } from '../worker/protocol.js';\nimport create from '#engine';\n",
    'web/worker/client.ts': "\nexport * from '../lib/index.js';\n",
    'web/worker/other.ts': "const later = () => import('left-pad');\n",
    'web/app/lab/lab.svelte': "<script>\n  import { send } from '../../worker/client.js';\n</script>\n",
  });
  const { breaches } = checkWeb(base);
  assert.deepEqual(
    breaches.map((line) => line.split(' ')[0]),
    ['web/app/draw/paint.ts:1:', 'web/app/lab/lab.svelte:2:', 'web/worker/client.ts:2:', 'web/worker/other.ts:1:'],
  );
  remove();
});
