// The page as one sees it: accessibility, languages, themes, sizes; and what it asks for.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { closeHouse, draw, inPhase, openHouse, openLab, reaches, visitRooms } from './lab.mjs';
import { DIGITS } from './strokes.mjs';

before(openHouse);
after(closeHouse);

test('a whole visit asks nothing of another origin and breaks no policy', async () => {
  const lab = await openLab();
  const { page, train } = lab;
  await train.click();
  await reaches(page, 0.9);
  await draw(page, DIGITS[3]);
  await page.getByRole('button', { name: 'Русский' }).click();
  await page.getByRole('button', { name: 'Тёмная страница' }).click();
  await page.getByRole('button', { name: 'Пауза' }).first().click();
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.deepEqual(lab.strangers, []);
  assert.deepEqual((await lab.seen()).reports, []);
  assert.deepEqual(lab.errors, []);
  await lab.close();
});

test('axe finds nothing: both themes, both languages, 1440 and 390 px, before and during training', async () => {
  const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const findings = [];
  // Each theme in each language and at each width.
  for (const [theme, language, width, height] of [
    ['light', 'en', 1440, 900],
    ['dark', 'ru', 1440, 900],
    ['light', 'ru', 390, 844],
    ['dark', 'en', 390, 844],
  ]) {
    const lab = await openLab({ hash: `lang=${language}`, theme, width, height, bypassCSP: true });
    const look = async (when) => {
      const { violations } = await lab.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
      for (const { id, nodes } of violations) {
        findings.push(
          `${theme} ${language} ${width} ${when}: ${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`,
        );
      }
    };
    await lab.page.addScriptTag({ content: axe });
    await look('before');
    await lab.train.click();
    await reaches(lab.page, 0.8);
    await lab.train.click();
    await inPhase(lab.page, 'paused');
    await lab.page.waitForTimeout(200);
    await visitRooms(lab.page);
    await look('paused');
    await lab.close();
  }
  assert.deepEqual(findings, []);
});

test('language: by the browser, by the switch, by the address; lang, title and numbers follow', async () => {
  const lab = await openLab({ hash: '', locale: 'ru-RU' });
  const { page } = lab;
  const html = (name) => page.evaluate((attribute) => document.documentElement.getAttribute(attribute), name);
  assert.equal(await html('lang'), 'ru');
  assert.equal(await lab.train.innerText(), 'Обучить');
  await lab.train.click();
  await reaches(page, 0.9);
  assert.match(await page.locator('.big').innerText(), /^\d\d,\d\s%$/);
  await page.getByRole('button', { name: 'English' }).click();
  assert.equal(await html('lang'), 'en');
  assert.match(await page.title(), /watch a network learn to see/);
  assert.match(await page.locator('.big').innerText(), /^\d\d\.\d%$/);
  assert.match(page.url(), /lang=en/);
  assert.doesNotMatch(await page.locator('main').innerText(), /[а-яё]/i);
  await page.getByRole('button', { name: 'Русский' }).click();
  assert.doesNotMatch(await page.locator('main').innerText(), /Train\b|Pause|digits/);
  await lab.close();
});

test('theme: the system’s, or the one chosen', async () => {
  const lab = await openLab({ theme: 'dark' });
  const { page } = lab;
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await paper();
  await page.getByRole('button', { name: 'Light page' }).click();
  assert.notEqual(await paper(), dark);
  assert.match(page.url(), /theme=light/);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.notEqual(await paper(), dark, 'the choice holds');
  await lab.close();
});

test('1440×900: pad, network, Train, curves and probabilities are in sight; nothing is wider than the page anywhere', async () => {
  const lab = await openLab();
  const { page } = lab;
  for (const selector of ['#pad', '.columns', 'button[data-phase]', '.curves', 'ol[data-drawing]', 'footer']) {
    const { top, bottom, left, right } = await page.evaluate(
      (name) => document.querySelector(name).getBoundingClientRect().toJSON(),
      selector,
    );
    const limit = selector === 'footer' ? 900 : 900 - 30;
    assert.ok(
      top >= 0 && bottom <= limit && left >= 0 && right <= 1440,
      `${selector}: ${JSON.stringify({ top, bottom, left, right })}`,
    );
  }
  await visitRooms(page);
  for (const width of [320, 390, 600, 768, 860, 1024, 1080, 1280, 1366, 1920, 2560]) {
    for (const language of ['English', 'Русский']) {
      await page.setViewportSize({ width, height: 900 });
      await page.getByRole('button', { name: language }).click();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${language} at ${width} px is ${wide} px wide`);
    }
  }
  await lab.close();
});

test('1440×900: what is said while it trains lies above the machine line, in both languages', async () => {
  for (const language of ['en', 'ru']) {
    const lab = await openLab({ hash: `lang=${language}` });
    await lab.train.click();
    // With the line that tells when 97% was reached, and the learning rate, which is there only while it trains.
    await lab.page.waitForFunction(() => document.querySelectorAll('.progress br').length === 2);
    const { edges, under, head } = await lab.page.evaluate(() => {
      const at = (selector) => document.querySelector(selector).getBoundingClientRect();
      const names = ['.progress', '.curves', '.curves figure', '.plot > *'];
      return {
        edges: names.map((name) => [name, at(name).bottom]),
        under: at('footer').top,
        head: [document.querySelector('#pad-title').scrollHeight, at('#pad-title').height],
      };
    });
    for (const [name, bottom] of edges) assert.ok(bottom <= under, `${language} ${name}: ${bottom} px of ${under}`);
    assert.ok(head[0] <= head[1], `${language}: the pad's title is ${head[0]} px high in ${head[1]}`);
    await lab.close();
  }
});
