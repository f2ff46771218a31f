// Runs in a worker of the browser: measures what it is sent, { row, quick } or { args } (see run.mjs).
import createEngine from '/engine/striate.web.mjs';
import { measureInEngine } from './in_engine.mjs';
import { measure, moduleFile } from './measure.mjs';

const modules = new Map();
const moduleOf = (build) => {
  if (!modules.has(build)) modules.set(build, createEngine({ locateFile: () => `/engine/${moduleFile(build)}` }));
  return modules.get(build);
};
onmessage = async ({ data: { row, quick, args } }) => {
  try {
    const results = [];
    if (row) results.push(measure(await moduleOf(row.build), row, quick));
    else await measureInEngine('/build/striate_bench.mjs', args, (result) => results.push(result));
    postMessage({ results });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
postMessage({ ready: true });
