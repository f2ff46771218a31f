// A host that sends no headers: the lab and the library run there on one thread and say so; with web/examples/static-host they
// run on several.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from '../../scripts/lib/chromium.mjs';
import { at, page as builtPage } from '../../scripts/lib/paths.mjs';
import { buildHarness } from './harness/harness.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** A static host as plain as they come; `changed` has files that differ from the folder's. */
async function plainHost(folder, changed = {}) {
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, 'http://localhost').pathname.slice(1) || 'index.html';
    const file = path.join(folder, name);
    const content = changed[name] ?? (fs.existsSync(file) && fs.readFileSync(file));
    // Not even the type of WebAssembly is known to all of them.
    const type = types[path.extname(name)] ?? 'application/octet-stream';
    response.writeHead(content ? 200 : 404, { 'Content-Type': type });
    response.end(content || 'not found');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

let browser;
let harness;
before(async () => {
  [browser, harness] = await Promise.all([launchChromium(), buildHarness()]);
});
after(async () => {
  await browser?.close();
  fs.rmSync(harness, { recursive: true, force: true });
});

/** A page of the host in a fresh profile; its errors are collected. */
async function open(host) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${host.url}#lang=en`);
  return { page, errors, close: () => context.close() };
}

const trained = () =>
  globalThis.harness.loadStriate({ threads: 2 }).then(async (striate) => {
    const train = await globalThis.harness.firstDigits(striate, 600);
    const model = await striate.createModel('lenet', { seed: 1 });
    await model.fit(train, { epochs: 1, batchSize: 60 }).done;
    const { threads, notes } = striate.info;
    const hash = await globalThis.harness.hashOf(model);
    await striate.close();
    return { threads, codes: notes.map(({ code }) => code), hash };
  });

test('without headers: one thread, which the library and the lab say, and the lab trains', async () => {
  const host = await plainHost(builtPage);
  const { page, errors, close } = await open(host);
  await page.waitForSelector('[data-threads]');
  assert.match(
    await page.locator('[data-threads]').innerText(),
    /^1 thread \(the server sends no isolation headers\)$/,
  );
  await page.waitForFunction(() => document.querySelector('[data-digits=ready]'));
  await page.locator('button[data-phase]').first().click();
  await page.waitForFunction(() => Number(document.querySelector('[data-accuracy]')?.dataset.accuracy ?? 0) > 0.9);
  assert.deepEqual(errors, []);
  await close();
  await host.close();
});

test('with isolate.js: one reload, then threads, and the same bits', async () => {
  const index = fs.readFileSync(path.join(harness, 'index.html'), 'utf8');
  const host = await plainHost(harness, {
    'index.html': index.replace('<head>', '<head><script src="isolate.js"></script>'),
    'plain.html': index,
    'isolate.js': fs.readFileSync(at('web', 'examples', 'static-host', 'isolate.js')),
  });
  const plain = await open({ url: `${host.url}plain.html` });
  await plain.page.waitForFunction(() => 'harness' in globalThis);
  const alone = await plain.page.evaluate(trained);
  assert.deepEqual([alone.threads, alone.codes], [1, ['not_isolated']]);
  await plain.close();

  const { page, errors, close } = await open(host);
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.waitForFunction(() => crossOriginIsolated && 'harness' in globalThis);
  const together = await page.evaluate(trained);
  assert.deepEqual(together, { threads: 2, codes: [], hash: alone.hash });
  assert.ok(loads <= 2, `${loads} loads`);
  // A second visit is isolated at once.
  await page.reload();
  assert.equal(await page.evaluate(() => crossOriginIsolated), true);
  assert.deepEqual(errors, []);
  await close();
  await host.close();
});
