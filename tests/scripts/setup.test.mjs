// A second run builds nothing again: what the first one's toolchain added in the meantime must not matter.
import assert from 'node:assert/strict';
import test from 'node:test';
import { chooseGenerator, configurationKey } from '../../scripts/lib/setup.mjs';

test('a native configuration does not depend on Emscripten, a wasm one does', () => {
  const before = { include: '/headers' };
  const after = { include: '/headers', emscripten: '/emscripten' };
  const key = (wasm, toolchain) => configurationKey({ wasm, generator: 'Ninja', toolchain });
  assert.equal(key(false, before), key(false, after));
  assert.notEqual(key(true, before), key(true, after));
  assert.notEqual(key(false, before), key(false, { include: '/others' }));
});

test('a folder keeps its generator while that can be had', () => {
  assert.equal(chooseGenerator(undefined, true), 'Ninja');
  assert.equal(chooseGenerator(undefined, false), 'Unix Makefiles');
  assert.equal(chooseGenerator('Unix Makefiles', true), 'Unix Makefiles');
  assert.equal(chooseGenerator('Ninja', true), 'Ninja');
  assert.equal(chooseGenerator('Ninja', false), 'Unix Makefiles');
});
