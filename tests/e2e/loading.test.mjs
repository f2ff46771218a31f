// What the library loads in Chromium, and what it says when it cannot: its modules, its second parts, its worker.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { buildHarness, openHarness } from './harness/harness.mjs';

let folder;
let opened;
before(async () => {
  folder = await buildHarness();
  opened = await openHarness(folder);
});
after(async () => {
  await opened?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('the second module comes when ONNX is first asked for, and not before', async () => {
  const fetched = [];
  opened.page.on(
    'request',
    (request) => /striate\.(threads\.)?more/.test(request.url()) && fetched.push(request.url()),
  );
  const steps = await opened.page.evaluate(async () => {
    const striate = await harness.loadStriate();
    const model = await striate.createModel('lenet', { seed: 1 });
    await model.save();
    const lengths = { bytes: (await model.exportOnnx()).length, again: (await model.exportOnnx()).length };
    model.dispose();
    await striate.close();
    return lengths;
  });
  assert.equal(fetched.length, 1);
  assert.ok(steps.bytes > 240_000 && steps.again === steps.bytes, JSON.stringify(steps));
});

test('relaxed SIMD: loaded when asked for, and within rounding of the plain module', async () => {
  const fetched = [];
  opened.page.on(
    'request',
    (request) => /\.wasm$/.test(request.url()) && fetched.push(request.url().split('/').at(-1)),
  );
  const [plain, relaxed] = await opened.page.evaluate(async () => {
    const results = [];
    for (const build of ['simd', 'relaxed-simd']) {
      const striate = await harness.loadStriate({ build });
      const { train, heldOut } = await harness.digits(striate);
      const model = await striate.createModel('lenet', { seed: 1 });
      const { data } = await heldOut.images(Array.from({ length: 100 }, (_, i) => i));
      const probabilities = [...(await model.predict({ data, shape: [100, 1, 28, 28] })).probabilities];
      await model.fit(await train.slice(0, 3200), { epochs: 1, batchSize: 32, seed: 1 }).done;
      const { loss } = await model.evaluate(heldOut);
      const onnx = (await model.exportOnnx()).length;
      results.push({ build: striate.info.build, probabilities, loss, onnx });
      await striate.close();
    }
    return results;
  });
  assert.equal(plain.build, 'simd');
  assert.equal(relaxed.build, 'relaxed-simd');
  for (const part of [/^striate\.relaxed(\.threads)?-/, /^striate\.relaxed\.(threads\.)?more-/]) {
    assert.ok(
      fetched.some((name) => part.test(name)),
      fetched.join(', '),
    );
  }
  const apart = Math.max(...plain.probabilities.map((value, i) => Math.abs(value - relaxed.probabilities[i])));
  // Winograd's transforms of 5×5 windows multiply a rounding step by some tens.
  assert.ok(apart <= 5e-6, `${apart}`);
  // Training makes more of a last bit.
  assert.ok(plain.loss < 0.5 && relaxed.loss < 0.5, `${plain.loss}, ${relaxed.loss}`);
  assert.equal(relaxed.onnx, plain.onnx);
});

test('close ends the worker, and loading can be aborted', async () => {
  const result = await opened.page.evaluate(async () => {
    const striate = await harness.loadStriate();
    const held = async () => (await navigator.locks.query()).held.length;
    const during = await held();
    await striate.close();
    await harness.pause(200);
    const after = await held();
    const controller = new AbortController();
    const loading = harness.loadStriate({ signal: controller.signal });
    controller.abort();
    const code = await loading.then(
      () => 'loaded',
      (error) => error.code,
    );
    return { during, after, code };
  });
  assert.deepEqual(result, { during: 1, after: 0, code: 'aborted' });
});

test('what cannot be loaded says so', async () => {
  const errors = await opened.page.evaluate(async () => {
    const caught = (promise) =>
      promise.then(
        () => null,
        ({ code, hint }) => ({ code, hint }),
      );
    return {
      wasm: await caught(harness.loadStriate({ wasmUrl: 'nothing.wasm' })),
      script: await caught(harness.loadStriate({ workerFactory: () => new Worker('nothing.js', { type: 'module' }) })),
    };
  });
  assert.equal(errors.wasm.code, 'load_failed');
  assert.match(errors.wasm.hint, /wasmUrl/);
  assert.equal(errors.script.code, 'load_failed');
  assert.match(errors.script.hint, /workerFactory/);
});

test('a machine without SIMD is told so', async () => {
  const old = await openHarness(folder, ['--js-flags=--no-enable-sse4-1']);
  try {
    const error = await old.page.evaluate(() =>
      harness.loadStriate().then(
        () => null,
        ({ code, message, hint }) => ({ code, message, hint }),
      ),
    );
    assert.equal(error.code, 'no_simd');
    assert.match(error.hint, /Chromium/);
  } finally {
    await old.close();
  }
});
