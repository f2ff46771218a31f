// The same bits in other JavaScript engines than V8: Firefox, and WebKit's `jsc`. Not part of npm test.
//   apt-get install firefox-esr libjavascriptcoregtk-4.0-bin
//   npm install --no-save puppeteer-core          (Playwright cannot drive a Firefox of the system)
//   node tests/e2e/engines/compare.mjs
// Prints one line an engine; ends with status 1 when one that is here differs from Node.
import fs from 'node:fs';
import path from 'node:path';
import { at } from '../../../scripts/lib/paths.mjs';
import { main, run } from '../../../scripts/lib/steps.mjs';
import { which } from '../../../scripts/lib/system.mjs';
import { serve } from '../../../scripts/serve.mjs';
import { hashOfTraining } from './training.mjs';

const files = ['striate.web.mjs', 'striate.wasm'];

async function inNode() {
  const { default: createEngine } = await import(at('dist', 'engine', 'striate.node.mjs'));
  return hashOfTraining(await createEngine(), fs.readFileSync(at('web', 'public', 'data', 'digits.idx')));
}

async function inFirefox() {
  const { default: puppeteer } = await import('puppeteer-core');
  const folder = fs.mkdtempSync(at('build', 'engines-'));
  for (const name of files) fs.copyFileSync(at('dist', 'engine', name), path.join(folder, name));
  fs.copyFileSync(at('web', 'public', 'data', 'digits.idx'), path.join(folder, 'digits.idx'));
  fs.copyFileSync(at('tests', 'e2e', 'engines', 'training.mjs'), path.join(folder, 'training.mjs'));
  fs.writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>engines</title>');
  const server = await serve({ folder, port: 0 });
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: which('firefox-esr'), headless: true });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    return await page.evaluate(async () => {
      const [{ default: createEngine }, { hashOfTraining: run }] = await Promise.all([
        import('/striate.web.mjs'),
        import('/training.mjs'),
      ]);
      const file = await (await fetch('/digits.idx')).arrayBuffer();
      return run(await createEngine(), new Uint8Array(file));
    });
  } finally {
    await browser.close();
    await server.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const inJsc = async () => JSON.parse((await run('jsc', ['-m', 'tests/e2e/engines/jsc.mjs'])).output);

await main(async () => {
  const expected = await inNode();
  console.log(`node ${process.version}: ${expected.steps} steps, ${expected.hash}`);
  let different = 0;
  for (const [program, name, train] of [
    ['firefox-esr', 'firefox', inFirefox],
    ['jsc', 'jsc', inJsc],
  ]) {
    if (!which(program)) {
      console.log(`${name}: not on this machine`);
      continue;
    }
    const { steps, hash } = await train();
    if (hash !== expected.hash) different += 1;
    console.log(`${name}: ${steps} steps, ${hash}${hash === expected.hash ? ', the same bits' : ', OTHER bits'}`);
  }
  return different > 0 ? 1 : 0;
});
