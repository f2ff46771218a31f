// Runs in a worker of the browser: measures the row it is sent.
import createEngine from '/engine/striate.web.mjs';
import { measure } from './measure.mjs';

const module = await createEngine();
onmessage = ({ data: row }) => {
  try {
    postMessage({ result: measure(module, row) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
postMessage({ ready: true });
