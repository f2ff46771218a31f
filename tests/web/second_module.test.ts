// The engine's second module: fetched once, when a call first needs it; nothing overtakes; a failure is told and may pass.
import { expect, test } from 'vitest';
import createEngine, { openSecond } from '#engine';
import { startStriate } from '../../web/lib/load.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import type { OpenSecond } from '../../web/worker/second_module.js';
import { needsSecondModule } from '../../web/worker/second_module.js';
import type { CallMessage } from '../../web/worker/protocol.js';

const start = (open: OpenSecond) =>
  startStriate(() => Promise.resolve(new InProcessTransport(createEngine, { openSecond: open })));

test('is fetched once, when ONNX is first asked for', async () => {
  let fetched = 0;
  await using striate = await start(() => {
    fetched++;
    return openSecond();
  });
  using model = await striate.createModel('lenet', { seed: 1 });
  await model.summary();
  await model.save();
  expect(fetched).toBe(0);
  const bytes = await model.exportOnnx();
  using again = await striate.importOnnx(bytes);
  expect(fetched).toBe(1);
  const image = { data: new Float32Array(784).fill(0.5), shape: [1, 1, 28, 28] as const };
  expect((await again.predict(image)).probabilities).toEqual((await model.predict(image)).probabilities);
});

test('calls made while it is being fetched keep their order', async () => {
  await using striate = await start(async () => {
    await new Promise((done) => setTimeout(done, 30));
    return openSecond();
  });
  const model = await striate.createModel('lenet', { seed: 1 });
  const order: string[] = [];
  const calls = [
    model.exportOnnx().then(() => order.push('exported')),
    model.summary().then(() => order.push('summary')),
    model.exportOnnx().then(() => order.push('exported again')),
  ];
  model.dispose();
  await Promise.all(calls);
  expect(order).toEqual(['exported', 'summary', 'exported again']);
});

test('what cannot be fetched is an error with a name; the engine lives on and tries again', async () => {
  let broken = true;
  await using striate = await start((url) => (broken ? Promise.reject(new Error('404 for x')) : openSecond(url)));
  using model = await striate.createModel('lenet', { seed: 1 });
  await expect(model.exportOnnx()).rejects.toMatchObject({
    code: 'load_failed',
    message: expect.stringContaining('404 for x') as string,
    hint: expect.stringContaining('striate.more.wasm') as string,
  });
  expect(await model.summary()).toHaveLength(12);
  broken = false;
  expect((await model.exportOnnx()).length).toBeGreaterThan(100_000);
});

test('is looked for beside the first module when its address was given', async () => {
  const asked: (string | undefined)[] = [];
  const transport = () =>
    Promise.resolve(
      new InProcessTransport((options) => createEngine({ ...options, locateFile: undefined }), {
        openSecond: (url) => {
          asked.push(url);
          return openSecond();
        },
      }),
    );
  await using striate = await startStriate(transport, { wasmUrl: 'https://cdn.example/engine/striate.wasm?v=1' });
  using model = await striate.createModel('lenet', { seed: 1 });
  await model.exportOnnx();
  expect(asked).toEqual(['https://cdn.example/engine/striate.more.wasm']);
});

test('no other call waits for it', () => {
  const needs = (method: string) =>
    needsSecondModule({ kind: 'call', id: 1, method, args: {}, topic: null } as never as CallMessage);
  expect(['createModel', 'fit', 'predict', 'evaluate', 'inspect', 'save', 'summary'].filter(needs)).toEqual([]);
});
