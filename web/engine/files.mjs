/**
 * Where the engine's modules are, by build and by whether threads share their memory; each in two parts. Bundlers know
 * `new URL` in this form.
 */
export const wasmFiles = {
  simd: {
    alone: {
      first: new URL('./striate.wasm', import.meta.url),
      second: new URL('./striate.more.wasm', import.meta.url),
    },
    threads: {
      first: new URL('./striate.threads.wasm', import.meta.url),
      second: new URL('./striate.threads.more.wasm', import.meta.url),
    },
  },
  'relaxed-simd': {
    alone: {
      first: new URL('./striate.relaxed.wasm', import.meta.url),
      second: new URL('./striate.relaxed.more.wasm', import.meta.url),
    },
    threads: {
      first: new URL('./striate.relaxed.threads.wasm', import.meta.url),
      second: new URL('./striate.relaxed.threads.more.wasm', import.meta.url),
    },
  },
};
