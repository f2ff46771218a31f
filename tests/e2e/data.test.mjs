// The data room: other images and other networks on the stage, by the room, by the address, and from a person's files.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { accuracy, closeHouse, inPhase, openHouse, openLab, reading } from './lab.mjs';

before(openHouse);
after(closeHouse);

/** Scrolls to the room and waits until its images are there. */
async function enter(page) {
  await page.locator('#data-title').evaluate((title) => title.scrollIntoView());
  await page.waitForSelector('[aria-labelledby=data-grid] button canvas');
}
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const onStage = (page, set) => page.waitForFunction((name) => document.querySelector(`[data-set=${name}]`), set);
const network = (page) => page.evaluate(() => document.querySelector('[data-network]')?.dataset.network);
/** What axe has against the page. */
async function findings(page) {
  await page.addScriptTag({ content: axe });
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}
/** A tar archive with one file, as tar writes it. */
function tar(name, bytes) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(bytes.length.toString(8).padStart(11, '0'), 124);
  header.write('        0', 148);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512), Buffer.alloc(1024)]);
}
function idx(dimensions, payload) {
  const head = Buffer.from(Uint32Array.from([0x800 + dimensions.length, ...dimensions]).buffer).swap32();
  return Buffer.concat([head, payload]);
}
const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

test('coloured shapes and another network: trained, looked through, and the mistakes are those of the accuracy', async () => {
  const lab = await openLab({ hash: 'lang=en&epochs=1', bypassCSP: true });
  const { page, train } = lab;
  await enter(page);
  await page.getByLabel(/Colour shapes/).check();
  await onStage(page, 'shapes');
  await page.getByLabel('Twin of ResNet-8').check();
  await page.waitForFunction(() => document.querySelector('[data-network=mlp-resnet8]'));
  assert.match(page.url(), /data=shapes&network=mlp-resnet8/);
  assert.match(page.url(), /rate=0.01/, 'a rate that nobody touched goes with the network');
  await page.waitForFunction(() => document.querySelectorAll('[aria-labelledby=data-grid] button').length === 80);
  await train.click();
  await inPhase(page, 'finished');
  const share = await accuracy(page);
  await page.waitForFunction(
    (wrong) => Number(document.querySelector('[data-mistakes]')?.dataset.mistakes) === wrong,
    Math.round((1 - share) * 1000),
  );
  assert.deepEqual(await findings(page), []);
  // An image that is chosen is the one the network answers.
  const row = page.getByRole('group', { name: 'cold square' }).getByRole('button');
  await row.first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /On the stage: cold square/.test(document.querySelector('.shown').innerText));
  const { digit } = await reading(page);
  const read = await page.locator('ol[data-drawing] li .digit').nth(digit).innerText();
  assert.equal(await page.locator('.guess strong').innerText(), read);
  assert.match(await page.locator('#pad').getAttribute('aria-label'), /cold square/);
  // Back to the digits: as the page came.
  await page.getByLabel(/handwritten digits/).check();
  await onStage(page, 'digits');
  await page.getByLabel('LeNet-5', { exact: true }).check();
  await page.waitForFunction(() => !document.querySelector('[data-network]'));
  assert.doesNotMatch(page.url(), /data=|network=|rate=/);
  assert.ok(await page.locator('#pad[role=application]').isVisible());
  assert.deepEqual(lab.errors, []);
  await lab.close();
});

test('the address opens images and network, on a phone too; what is not known in it is left out', async () => {
  const hash = 'lang=ru&data=shapes&network=resnet8';
  const lab = await openLab({ hash, ready: false, theme: 'dark', width: 390, height: 844, bypassCSP: true });
  const { page } = lab;
  await onStage(page, 'shapes');
  await page.waitForFunction(() => Number(document.querySelector('ol[data-drawing]')?.dataset.drawing) > 0);
  assert.equal(await network(page), 'resnet8');
  const { shares } = await reading(page);
  assert.ok(Math.abs(shares.reduce((sum, one) => sum + one, 0) - 100) < 6, `${shares}`);
  // Its columns: the first convolution, a sum for each block.
  assert.equal(await page.locator('.columns h3').count(), 1 + 4 + 1);
  await enter(page);
  assert.deepEqual(await findings(page), []);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  await page.evaluate(() => (location.hash = 'lang=ru&data=cats&network=resnet999'));
  await onStage(page, 'digits');
  assert.deepEqual(lab.errors, []);
  await lab.close();
});

test('own files: CIFAR-10’s archive dropped, an IDX pair of any size chosen, others refused', async () => {
  const lab = await openLab({ hash: 'lang=en' });
  const { page } = lab;
  await enter(page);
  const records = Buffer.alloc(60 * 3073, 90);
  for (let k = 0; k < 60; k += 1) records[k * 3073] = k % 10;
  const drop = (selector, name, bytes) =>
    page.locator(selector).evaluate(
      (target, [title, values]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(values)], title));
        target.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
      },
      [name, [...bytes]],
    );
  const archive = zlib.gzipSync(tar('cifar-10-batches-bin/data_batch_1.bin', records));
  await drop('#pad', 'cifar-10-binary.tar.gz', archive);
  await onStage(page, 'cifar10');
  assert.match(await page.locator('.data').innerText(), /5\d images, CIFAR-10/);
  await page.waitForFunction(() => document.querySelector('[data-network=lenet]'));

  const choose = async (...files) => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open files…' }).click();
    await (await chooser).setFiles(files);
  };
  const told = async (words) => {
    await page.waitForFunction(
      (text) => new RegExp(text).test(document.querySelector('[data-place=images]').innerText),
      words,
    );
  };
  await choose(file('cat.png', Buffer.from('\x89PNG', 'latin1')));
  await told('cat.png is neither CIFAR-10 nor IDX');
  await drop('.content', 'cifar.tar.gz', archive.subarray(0, 300));
  await told('cannot be unpacked|does not hold what it promises');
  assert.equal(await page.evaluate(() => document.querySelector('.data').dataset.set), 'cifar10');

  const labels = Array.from({ length: 60 }, (_, k) => k % 3);
  const pixels = Buffer.from(labels.flatMap((label) => Array(13 * 11).fill(label * 80)));
  await choose(
    file('images.gz', zlib.gzipSync(idx([60, 13, 11], pixels))),
    file('labels', idx([60], Buffer.from(labels))),
  );
  await onStage(page, 'own');
  await page.waitForFunction(() => document.querySelectorAll('ol[data-drawing] li').length === 3);
  assert.deepEqual(lab.errors, []);
  await lab.close();
});
