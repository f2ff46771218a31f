// The room that measures the person's own machine: a brief measurement, cancelled and whole, copied, by keyboard, in both
// languages and widths.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { closeHouse, draw, inPhase, openHouse, openLab, reading } from './lab.mjs';

before(openHouse);
after(closeHouse);

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const violations = async (page) => {
  await page.addScriptTag({ content: axe });
  const found = await page.evaluate(() => window.axe.run('#machine', { resultTypes: ['violations'] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
};
const room = (page) => page.locator('#machine');
const into = async (page) => {
  await room(page).evaluate((element) => element.scrollIntoView());
  await page.waitForSelector('#machine [data-measuring]');
};
const rowsAre = (page, count, timeout = 60_000) =>
  page.waitForFunction(
    (wanted) => document.querySelector('#machine [data-measuring=false]')?.dataset.rows === String(wanted),
    count,
    { timeout },
  );

test('a person measures their machine: peak, rows beside the reference, copied as text and as JSON', async (t) => {
  const lab = await openLab({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { page } = lab;
  await into(page);
  assert.match(await room(page).innerText(), /Nothing is measured yet/);

  // ---- by keyboard alone: carefully, and stopped at once; the pad is answered meanwhile.
  const button = room(page).getByRole('button', { name: /measur/i });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#machine [data-measuring=true]');
  await page.waitForFunction(() => /Measuring LeNet/.test(document.querySelector('#machine [role=status]').innerText));
  const before = await reading(page);
  await draw(page, [
    [
      [0.3, 0.2],
      [0.7, 0.2],
      [0.45, 0.8],
    ],
  ]);
  assert.notDeepEqual((await reading(page)).shares, before.shares, 'a stroke is answered while it measures');
  await button.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#machine [data-measuring=false]');
  assert.match(await room(page).getByRole('status').first().innerText(), /Stopped/);

  // ---- briefly, to the end.
  await room(page).getByLabel('How carefully').selectOption('brief');
  const since = Date.now();
  await button.click();
  await page.waitForSelector('#machine [data-measuring=true]');
  await rowsAre(page, 5);
  t.diagnostic(`a brief measurement: ${((Date.now() - since) / 1000).toFixed(1)} s`);
  const rows = await room(page).locator('tbody tr').allInnerTexts();
  t.diagnostic(rows.map((row) => row.replaceAll(/\s+/g, ' ')).join(' | '));
  assert.match(rows[0], /^LeNet, training in batches of 32/);
  assert.match(rows[4], /^ResNet-20, training in batches of 32/);
  const figures = await room(page).locator('dd').allInnerTexts();
  assert.match(figures[0], /^[\d.]+ GFLOP\/s$/);
  assert.deepEqual(figures.slice(-2), ['simd', (await page.locator('footer').innerText()).match(/(\d+) thread/)[1]]);

  // ---- taken away.
  await page.getByRole('button', { name: 'Copy as JSON' }).click();
  await page.waitForFunction(() => /Copied/.test(document.querySelector('#machine .actions').innerText));
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const result = JSON.parse(await copied());
  assert.deepEqual(
    result.rows.map(({ workload, mode, batch }) => `${workload} ${mode} ${batch}`),
    ['lenet train 32', 'lenet infer 1', 'lenet infer 100', 'cifar-small train 32', 'resnet20 train 32'],
  );
  for (const row of result.rows) {
    assert.ok(row.images_per_s_min <= row.images_per_s_median && row.images_per_s_median <= row.images_per_s_max);
    assert.ok(row.share_of_peak > 0.01 && row.share_of_peak < 5, JSON.stringify(row));
    assert.deepEqual([row.runtime, row.build, row.threads], ['chromium', result.build, result.threads]);
  }
  await page.getByRole('button', { name: 'Copy as text' }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('Striate, simd'));
  assert.match(await copied(), /^resnet20 train b32 /m);

  // ---- a training takes the cores: it ends a measurement, and none begins beside it.
  await button.click();
  await page.waitForSelector('#machine [data-measuring=true]');
  await lab.train.click();
  await page.waitForSelector('#machine [data-measuring=false]');
  await inPhase(page, 'running');
  assert.ok(await button.isDisabled());
  assert.match(await room(page).getByRole('status').first().innerText(), /pause it first/);
  assert.deepEqual(lab.errors, []);
  assert.deepEqual(lab.strangers, []);
  assert.deepEqual((await lab.seen()).reports, []);
  await lab.close();
});

test('axe finds nothing, and nothing is too wide: 1440 px in the light, a phone in the dark and in Russian', async () => {
  for (const { brief, measure, ...look } of [
    { brief: 'How carefully', measure: 'Measure this machine', hash: 'lang=en' },
    {
      brief: 'Насколько тщательно',
      measure: 'Измерить эту машину',
      hash: 'lang=ru',
      width: 390,
      height: 844,
      theme: 'dark',
    },
  ]) {
    // axe comes as an inline script.
    const lab = await openLab({ ...look, bypassCSP: true });
    const { page } = lab;
    await into(page);
    assert.deepEqual(await violations(page), []);
    await room(page).getByLabel(brief).selectOption('brief');
    await room(page).getByRole('button', { name: measure }).click();
    await page.waitForFunction(() => document.querySelector('#machine [data-measuring=true]')?.dataset.rows === '1');
    assert.deepEqual(await violations(page), []);
    await rowsAre(page, 5);
    assert.deepEqual(await violations(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    assert.deepEqual(lab.errors, []);
    await lab.close();
  }
});
