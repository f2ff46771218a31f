/** The engine for browsers: its glue, its files, how they are read and how a thread is started. */
export { default } from './striate.mjs';
export { wasmFiles } from './files.mjs';
export { openEngine } from './open.mjs';

/** @param {string} url */
export async function compileWasm(url) {
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  const streams = /^application\/wasm\b/.test(response.headers.get('Content-Type') ?? '');
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

export const processors = () => navigator.hardwareConcurrency ?? 1;

/**
 * Starts a worker that waits for its task. It may fail to start at any later moment; a policy may forbid it at once.
 *
 * @param {(reason: string) => void} onFailure
 */
export function startThread(onFailure) {
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), { type: 'module', name: 'striate-thread' });
  worker.onerror = (event) => {
    event.preventDefault();
    onFailure(event.message || 'its script could not be loaded');
  };
  return { send: (task) => worker.postMessage(task), terminate: () => worker.terminate() };
}
