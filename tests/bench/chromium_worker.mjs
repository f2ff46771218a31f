// Runs in a worker of the browser: measures what it is sent, { row, quick } or { program, args } (see run.mjs).
import * as engine from '/engine/web.mjs';
import { measureInEngine, openFor } from './load.mjs';
import { measure } from './measure.mjs';

/** Each engine once: the next row finds its code compiled. Threads of those that wait sleep. */
const opened = new Map();
const engineFor = (row) => {
  const key = `${row.build} ${row.threads}`;
  if (!opened.has(key)) opened.set(key, openFor(engine, row));
  return opened.get(key);
};
onmessage = async ({ data: { row, quick, program, args } }) => {
  try {
    const results = [];
    if (row) results.push(measure((await engineFor(row)).engine, row, quick));
    else await measureInEngine(engine, new URL('/build/', location.href).href, program, args, (result) => results.push(result));
    postMessage({ results });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
postMessage({ ready: true });
