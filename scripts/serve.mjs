// Serves the built page with the headers it is made for. Needs nothing but Node.
//   node scripts/serve.mjs         the first free port from 5173 on; PORT names one
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { page } from './lib/paths.mjs';
import { Problem, main } from './lib/steps.mjs';

/** Headers of every answer. `wasm-unsafe-eval` allows compiling WebAssembly and nothing else. */
export const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; " +
    "img-src 'self' blob: data:; base-uri 'none'; form-action 'none'",
  // Cross-origin isolation: SharedArrayBuffer, so threads, and fine timers.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.idx': 'application/octet-stream',
};
const compressible = new Set([
  '.html',
  '.js',
  '.mjs',
  '.css',
  '.json',
  '.wasm',
  '.svg',
  '.webmanifest',
  '.md',
  '.txt',
  '.idx',
]);

const gzip = promisify(zlib.gzip);
const brotli = promisify(zlib.brotliCompress);

/** The file's bytes as the client takes them best; each form is made once and kept. */
function makeStore() {
  const kept = new Map();
  const encode = (bytes, encoding) => {
    if (encoding === 'br') {
      // The best brotli of megabytes takes seconds; of the page's own files, an instant.
      const quality = bytes.length > 1_000_000 ? 5 : 10;
      return brotli(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: quality } });
    }
    return encoding === 'gzip' ? gzip(bytes, { level: 7 }) : bytes;
  };
  return (file, stat, encoding) => {
    const key = `${encoding}:${file}:${stat.mtimeMs}:${stat.size}`;
    if (!kept.has(key))
      kept.set(
        key,
        fs.promises.readFile(file).then((bytes) => encode(bytes, encoding)),
      );
    return kept.get(key);
  };
}

function accepted(request) {
  const names = String(request.headers['accept-encoding'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(';')[0]);
  return names.includes('br') ? 'br' : names.includes('gzip') ? 'gzip' : 'identity';
}

/** The file that a URL names, or undefined: nothing outside `folder`, no hidden file. */
function fileFor(folder, url) {
  let name;
  try {
    name = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (name.includes('\0') || name.split('/').some((part) => part.startsWith('.'))) return undefined;
  const file = path.join(folder, name.endsWith('/') ? `${name}index.html` : name);
  return file.startsWith(folder + path.sep) ? file : undefined;
}

function makeHandler(folder) {
  const bytesOf = makeStore();
  return async (request, response) => {
    const answer = (status, more, body) => {
      response.writeHead(status, { ...headers, ...more });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const text = (status, words, more = {}) =>
      answer(status, { 'Content-Type': 'text/plain; charset=utf-8', ...more }, `${words}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return text(405, 'Method not allowed', { Allow: 'GET, HEAD' });
    const file = fileFor(folder, request.url);
    const stat = file && fs.statSync(file, { throwIfNoEntry: false });
    if (!stat?.isFile()) return text(404, 'Not found');
    const extension = path.extname(file);
    const tag = `"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}"`;
    // Vite puts a hash of the contents into the names under assets/.
    const cache = file.startsWith(path.join(folder, 'assets') + path.sep)
      ? 'public, max-age=31536000, immutable'
      : 'no-cache';
    const shared = {
      'Content-Type': types[extension] ?? 'application/octet-stream',
      'Cache-Control': cache,
      ETag: tag,
      Vary: 'Accept-Encoding',
    };
    if (request.headers['if-none-match'] === tag) return answer(304, shared);
    const encoding = compressible.has(extension) ? accepted(request) : 'identity';
    const bytes = await bytesOf(file, stat, encoding);
    answer(
      200,
      {
        ...shared,
        'Content-Length': bytes.length,
        ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
      },
      bytes,
    );
  };
}

const listen = (server, port, host) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });

/**
 * Starts serving. Without `port`, the first free one from 5173 on; with 0, any.
 * Returns { url, port, close }.
 */
export async function serve({ folder = page, port, host = '127.0.0.1' } = {}) {
  if (!fs.existsSync(path.join(folder, 'index.html'))) {
    throw new Problem(`Nothing to serve in ${folder}`, 'Run: npm run build');
  }
  const handler = makeHandler(path.resolve(folder));
  const server = http.createServer((request, response) => {
    handler(request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(`${error.message}\n`);
    });
  });
  const candidates = port !== undefined ? [port] : Array.from({ length: 100 }, (_, i) => 5173 + i);
  let bound = false;
  for (const candidate of candidates) {
    try {
      await listen(server, candidate, host);
      bound = true;
      break;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || port !== undefined) {
        throw new Problem(`Cannot listen on port ${candidate}: ${error.message}`, 'Set PORT to another one.');
      }
    }
  }
  if (!bound) throw new Problem('No free port from 5173 to 5272.', 'Set PORT to a free one.');
  const actual = server.address().port;
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** The port that the person asked for by PORT, if any. */
export function portFromEnvironment() {
  const text = process.env.PORT;
  if (!text) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Problem(`PORT is ${text}: not a port number.`);
  return port;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const server = await serve({ port: portFromEnvironment() });
    console.log(server.url);
  });
}
