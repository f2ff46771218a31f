/** The engine for Node: its glue, its files, how they are read and how a thread is started. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

export { default } from './striate.mjs';
export { wasmFiles } from './files.mjs';
export { openEngine } from './open.mjs';

/** @param {string} url */
export async function compileWasm(url) {
  return WebAssembly.compile(await readFile(/^file:/.test(url) ? new URL(url) : url));
}

export const processors = () => availableParallelism();

/**
 * Starts a worker thread that waits for its task. It keeps no process alive.
 *
 * @param {(reason: string) => void} onFailure
 */
export function startThread(onFailure) {
  const worker = new Worker(new URL('./thread_node.mjs', import.meta.url), { name: 'striate-thread' });
  worker.on('error', (error) => onFailure(error.message));
  worker.unref();
  return { send: (task) => worker.postMessage(task), terminate: () => void worker.terminate() };
}
