// Measures rows in the system's Chromium: serves the engine and this folder, opens a page, sends rows to a worker.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../scripts/lib/system.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folders = {
  'dist/worker': path.join(root, 'dist', 'worker'),
  engine: path.join(root, 'dist', 'engine'),
  bench: path.join(root, 'tests', 'bench'),
  build: path.join(root, 'build', 'wasm-simd'),
};
const types = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const headers = {
  // Cross-origin isolation: threads, and the finest timers.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
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

async function serve() {
  const server = http.createServer((request, response) => {
    const [, folder, name] = /^\/(engine|bench|build|dist\/worker)\/([\w.-]+)$/.exec(request.url) ?? [];
    const file = folder && path.join(folders[folder], name);
    if (request.url === '/') {
      response.writeHead(200, { ...headers, 'Content-Type': 'text/html' });
      response.end('<!doctype html><title>bench</title><link rel="icon" href="data:,">');
    } else if (file && fs.existsSync(file)) {
      response.writeHead(200, { ...headers, 'Content-Type': types[path.extname(name)] ?? 'text/plain' });
      response.end(fs.readFileSync(file));
    } else {
      response.writeHead(404, headers);
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Sends the jobs (see run.mjs) to a worker, one after the other; calls `each` with every row that comes back. */
export async function inChromium(jobs, each) {
  const { chromium } = await import('playwright-core');
  const server = await serve();
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findProgram('chromium'),
    headless: true,
    args: flags,
  });
  try {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.evaluate(async () => {
      const worker = new Worker('/bench/chromium_worker.mjs', { type: 'module' });
      const next = () =>
        new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = (event) => reject(new Error(event.message || 'the worker could not be started'));
        });
      globalThis.measure = (job) => {
        const answer = next();
        worker.postMessage(job);
        return answer;
      };
      await next();
    });
    for (const job of jobs) {
      const { results, error } = await page.evaluate((wanted) => globalThis.measure(wanted), job);
      if (error) throw new Error(error);
      results.forEach(each);
    }
  } finally {
    await context.close();
    server.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }
}
