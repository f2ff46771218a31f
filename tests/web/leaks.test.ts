// What is dropped without dispose() is warned of once; what was disposed or closed is not.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { fakeDataset, fakeStriate } from './fake_striate.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function collected(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
  }
}

test('leaks are warned of, once a kind', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { striate } = await fakeStriate();

  await (async () => (await striate.createModel('lenet')).dispose())();
  await (async () => (await fakeDataset(striate)).dispose())();
  await collected();
  expect(warn).not.toHaveBeenCalled();

  const closed = await fakeStriate();
  await (async () => void (await closed.striate.createModel('lenet')))();
  await closed.striate.close();
  await collected();
  expect(warn).not.toHaveBeenCalled();

  for (let i = 0; i < 2; i++) {
    await (async () => void (await striate.createModel('lenet')))();
    await (async () => void (await fakeDataset(striate)))();
  }
  await collected();
  expect(warn.mock.calls.map(([text]) => /a (model|dataset) was/.exec(String(text))?.[1]).sort()).toEqual([
    'dataset',
    'model',
  ]);
  warn.mockRestore();
  await striate.close();
});
