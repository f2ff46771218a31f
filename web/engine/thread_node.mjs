/** A thread of the engine's pool in Node: a worker thread that is given its task once. */
import { parentPort } from 'node:worker_threads';
import { serve } from './serve.mjs';

parentPort.once('message', serve);
