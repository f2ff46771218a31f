/** A thread of the engine's pool in a browser: a worker that is given its task once. */
import { serve } from './serve.mjs';

onmessage = ({ data }) => {
  serve(data);
  close();
};
