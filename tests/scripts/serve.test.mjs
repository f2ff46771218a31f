// The production server: its headers on every answer, compression, and nothing outside its folder.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import zlib from 'node:zlib';
import { serve } from '../../scripts/serve.mjs';

let base;
let server;

before(async () => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-serve-'));
  fs.mkdirSync(path.join(base, 'page', 'assets'), { recursive: true });
  fs.writeFileSync(path.join(base, 'page', 'index.html'), '<!doctype html><title>x</title>'.repeat(40));
  fs.writeFileSync(path.join(base, 'page', 'assets', 'a.wasm'), Buffer.alloc(1000));
  fs.writeFileSync(path.join(base, 'secret.txt'), 'secret');
  server = await serve({ folder: path.join(base, 'page'), port: 0 });
});

after(async () => {
  await server.close();
  fs.rmSync(base, { recursive: true });
});

/** A request with its path as written: fetch would tidy it first. */
const get = (target, headers = {}, method = 'GET') =>
  new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port: server.port, path: target, headers, method }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      })
      .on('error', reject)
      .end();
  });

test('the page comes with its policy and cross-origin isolation', async () => {
  const { status, headers } = await get('/');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(
    headers['content-security-policy'],
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; " +
      "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'",
  );
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('wasm has its type, and files named by a hash are kept for ever', async () => {
  const { headers } = await get('/assets/a.wasm');
  assert.equal(headers['content-type'], 'application/wasm');
  assert.match(headers['cache-control'], /immutable/);
  assert.match((await get('/')).headers['cache-control'], /no-cache/);
});

test('answers are compressed as the client takes them', async () => {
  const plain = fs.readFileSync(path.join(base, 'page', 'index.html'));
  const gzip = await get('/', { 'accept-encoding': 'gzip, br;q=0' });
  assert.equal(gzip.headers['content-encoding'], 'gzip');
  assert.deepEqual(zlib.gunzipSync(gzip.body), plain);
  const brotli = await get('/', { 'accept-encoding': 'gzip, br' });
  assert.equal(brotli.headers['content-encoding'], 'br');
  assert.deepEqual(zlib.brotliDecompressSync(brotli.body), plain);
  assert.deepEqual((await get('/')).body, plain);
});

test('an unchanged file is answered without its body', async () => {
  const { headers } = await get('/');
  const again = await get('/', { 'if-none-match': headers.etag });
  assert.equal(again.status, 304);
  assert.equal(again.body.length, 0);
});

test('nothing outside the folder, no hidden file, no other method', async () => {
  for (const target of [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/.git/config',
    '/none',
    '/%',
    '/a%00b',
  ]) {
    const { status, headers } = await get(target);
    assert.equal(status, 404, target);
    assert.ok(headers['content-security-policy'], target);
  }
  assert.equal((await get('/', {}, 'POST')).status, 405);
  const head = await get('/', {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
});
