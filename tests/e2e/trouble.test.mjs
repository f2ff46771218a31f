// When things go wrong: the worker dies, files are not what they should be, the digits do not arrive.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { accuracy, closeHouse, draw, inPhase, openHouse, openLab, phase, reaches, reading } from './lab.mjs';
import { DIGITS } from './strokes.mjs';

before(openHouse);
after(closeHouse);

const step = (page) => page.evaluate(() => Number(document.querySelector('[data-step]').dataset.step));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const place = (page, name) => page.locator(`[data-place=${name}]`);

/** Ends the engine's worker from inside, without a word to the page: as a crash does. */
async function killWorker(page) {
  // The threads of its pool are workers, too; they go with it.
  const engines = () => page.workers().filter((worker) => /engine_worker/.test(worker.url()));
  // One that was ended before may take a moment to go.
  for (let i = 0; i < 50 && engines().length !== 1; i += 1) await pause(100);
  const workers = engines();
  assert.equal(workers.length, 1);
  await workers[0].evaluate(() => setTimeout(() => self.close(), 0)).catch(() => {});
}

test('the worker is killed while it trains: a new one goes on, and the page says so', async (t) => {
  const lab = await openLab({ hash: 'lang=en&epochs=40' });
  const { page, train } = lab;
  await train.click();
  await reaches(page, 0.93);
  for (let kill = 1; kill <= 3; kill += 1) {
    await pause(300);
    const before = await step(page);
    const since = performance.now();
    await killWorker(page);
    // Back at the checkpoint, then past where it was.
    await page.waitForFunction(() =>
      /went on from step [\d,]+/.test(document.querySelector('[data-place=engine]').innerText),
    );
    const back = performance.now() - since;
    await page.waitForFunction((least) => Number(document.querySelector('[data-step]').dataset.step) > least, before);
    t.diagnostic(`kill ${kill} at step ${before}: training again after ${Math.round(back)} ms`);
    assert.equal(await phase(page), 'running');
    await place(page, 'engine').getByRole('button', { name: 'Dismiss' }).click();
    assert.equal((await place(page, 'engine').innerText()).trim(), '');
  }
  await reaches(page, 0.97);
  await draw(page, DIGITS[7]);
  assert.equal((await reading(page)).digit, 7);
  assert.deepEqual(lab.errors, []);
  await lab.close();
});

// At 0 ms it has not yet said a word, nor taken the lock by which its death is seen; at 30 ms it is given its data back.
for (const delay of [0, 30]) {
  test(`the new worker is killed, too, ${delay} ms after its birth: another one takes over`, async () => {
    const lab = await openLab({ hash: 'lang=en&epochs=40' });
    const { page, train } = lab;
    await train.click();
    await reaches(page, 0.93);
    const before = await step(page);
    const born = page.waitForEvent('worker');
    await killWorker(page);
    const second = await born;
    await second.evaluate((ms) => setTimeout(() => self.close(), ms), delay).catch(() => {});
    await page.waitForFunction(
      (least) => Number(document.querySelector('[data-step]').dataset.step) > least + 300,
      before,
      { timeout: 60_000 },
    );
    assert.equal(await phase(page), 'running');
    await reaches(page, 0.96);
    await lab.close();
  });
}

test('the worker is killed while nothing trains: weights, data and corrections are there again', async () => {
  const lab = await openLab({ hash: 'lang=en&epochs=3' });
  const { page, train } = lab;
  await train.click();
  await inPhase(page, 'finished');
  const share = await accuracy(page);
  await draw(page, DIGITS[3]);
  assert.equal((await reading(page)).digit, 3);
  await page.getByRole('button', { name: /^This is a 3/ }).click();
  await page.waitForFunction(() => document.querySelector('.data').innerText.includes('1 drawing of yours'));
  await killWorker(page);
  await page.waitForFunction(() => /took over/.test(document.querySelector('[data-place=engine]').innerText));
  await draw(page, DIGITS[7]);
  assert.equal((await reading(page)).digit, 7);
  await train.click();
  await inPhase(page, 'running');
  await inPhase(page, 'finished');
  assert.ok((await accuracy(page)) >= share - 0.01);
  await lab.close();
});

function idx(dimensions, payload) {
  const head = Buffer.alloc(4 + 4 * dimensions.length);
  head.writeUInt32BE(0x800 + dimensions.length, 0);
  dimensions.forEach((size, k) => head.writeUInt32BE(size, 4 + 4 * k));
  return Buffer.concat([head, payload]);
}
const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
const images = (count, side = 28) => idx([count, side, side], Buffer.alloc(count * side * side, 90));
const labels = (values) => idx([values.length], Buffer.from(values));

test('files that are not IDX, or lie, are refused with a reason; training goes on with what it had', async () => {
  const lab = await openLab({ hash: 'lang=en&epochs=200' });
  const { page, train } = lab;
  await train.click();
  await inPhase(page, 'running');
  const choose = async (...files) => {
    await page.locator('input[type=file]').setInputFiles(files);
    await page.waitForFunction(() => document.querySelector('[data-place=data]').innerText.trim() !== '');
    const told = (await place(page, 'data').innerText()).trim();
    await place(page, 'data').getByRole('button', { name: 'Dismiss' }).click();
    return told;
  };
  assert.match(
    await choose(file('cat.png', Buffer.from('\x89PNG and so on', 'latin1'))),
    /cat\.png is not an IDX file/,
  );
  assert.match(await choose(file('empty', Buffer.alloc(0))), /empty is not an IDX file/);
  assert.match(
    await choose(file('<img src=x onerror=alert(1)>', Buffer.from('text'))),
    /<img src=x onerror=alert\(1\)> is not an IDX file/,
  );
  assert.match(
    await choose(file('broken.gz', zlib.gzipSync(images(3)).subarray(0, 20))),
    /broken\.gz cannot be unpacked/,
  );
  assert.match(await choose(file('a', images(2)), file('b', images(2))), /same kind/);
  assert.match(await choose(file('images', images(10)), file('labels', labels([1, 2, 3]))), /10[\s\S]*3|3[\s\S]*10/);
  assert.match(
    await choose(file('short', images(10).subarray(0, 500)), file('labels', labels(Array(10).fill(1)))),
    /short|byte|holds|promise/i,
  );
  assert.match(await choose(file('large', images(4, 32)), file('labels', labels([1, 2, 3, 4]))), /32 × 32/);
  assert.match(await choose(file('images', images(2)), file('letters', labels([3, 25]))), /label 25/);
  assert.match(await choose(file('images', images(2))), /Now choose its labels/);
  assert.equal(await phase(page), 'running');
  const before = await step(page);
  await page.waitForFunction((least) => Number(document.querySelector('[data-step]').dataset.step) > least, before);
  assert.deepEqual(lab.errors, []);
  await lab.close();
});

test('own IDX files are trained on, gzipped too, and MNIST comes back', async () => {
  const lab = await openLab({ hash: 'lang=en&epochs=10' });
  const { page, train } = lab;
  const side = 28;
  const count = 640;
  const pixels = Buffer.alloc(count * side * side);
  const values = Array.from({ length: count }, (_, k) => k % 2);
  values.forEach((value, k) => {
    // 0: a bar lying, 1: a bar standing.
    for (let a = 4; a < 24; a += 1)
      for (let b = 12; b < 16; b += 1) pixels[k * side * side + (value ? a * side + b : b * side + a)] = 255;
  });
  await page
    .locator('input[type=file]')
    .setInputFiles([
      file('bars-images.gz', zlib.gzipSync(idx([count, side, side], pixels))),
      file('bars-labels', labels(values)),
    ]);
  await page.waitForFunction(() => /640 digits from bars-images\.gz/.test(document.querySelector('.data').innerText));
  await train.click();
  await inPhase(page, 'finished');
  assert.equal(await step(page), 200); // 10 epochs of 640 / 32
  await draw(page, [
    [
      [0.5, 0.2],
      [0.5, 0.8],
    ],
  ]);
  assert.equal((await reading(page)).digit, 1);
  await page.getByRole('button', { name: 'Back to MNIST' }).click();
  await page.waitForFunction(() => /9,000 MNIST digits/.test(document.querySelector('.data').innerText));
  await train.click();
  await reaches(page, 0.9);
  await lab.close();
});

test('the digits do not arrive: the page says so, draws on, and tries again', async () => {
  const lab = await openLab({ ready: false, hash: 'lang=en' });
  const { page } = lab;
  await page.route('**/data/digits.idx', (route) => route.abort());
  await page.reload();
  await page.waitForFunction(() => /did not arrive/.test(document.querySelector('[data-place=data]').innerText));
  await draw(page, DIGITS[3]);
  await page.unroute('**/data/digits.idx');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForFunction(() => document.querySelector('[data-digits=ready]'));
  await lab.train.click();
  await reaches(page, 0.9);
  await lab.close();
});

test('the engine cannot be loaded: the page says so and what to do, the pad stays alive', async () => {
  const lab = await openLab({ ready: false });
  const { page, train } = lab;
  await page.route('**/*.wasm', (route) => route.abort());
  await page.reload();
  await page.waitForFunction(() => /could not be loaded/.test(document.querySelector('[data-place=engine]').innerText));
  assert.match(await place(page, 'engine').innerText(), /reload the page/);
  assert.ok(await train.isDisabled());
  const before = await page.locator('#pad').getAttribute('data-drawing');
  await page.locator('#pad').click();
  await page.waitForFunction((old) => document.querySelector('#pad').dataset.drawing !== old, before);
  await lab.close();
});
