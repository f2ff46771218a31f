// Bundles, serves and opens the harness page in the system's Chromium.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { at, data } from '../../../scripts/lib/paths.mjs';
import { findProgram } from '../../../scripts/lib/system.mjs';
import { serve } from '../../../scripts/serve.mjs';

// What Chromium wants as root and without a display, and what keeps it quiet.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The built page in a folder of its own. */
export async function buildHarness() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-harness-'));
  await build({
    configFile: false,
    root: at('tests', 'e2e', 'harness'),
    logLevel: 'error',
    worker: { format: 'es' },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  fs.copyFileSync(path.join(data, 'digits.idx'), path.join(folder, 'digits.idx'));
  return folder;
}

/** Opens the page. `arguments_`: more words for Chromium. `requests` collects the URLs that were asked for. */
export async function openHarness(folder, arguments_ = []) {
  const server = await serve({ folder, port: 0 });
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findProgram('chromium'),
    headless: true,
    args: [...flags, ...arguments_],
  });
  const page = await context.newPage();
  const requests = [];
  const problems = [];
  context.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(server.url);
  await page.waitForFunction(() => 'harness' in globalThis);
  return {
    page,
    url: server.url,
    requests,
    problems,
    async close() {
      await context.close();
      await server.close();
      fs.rmSync(profile, { recursive: true, force: true });
    },
  };
}
