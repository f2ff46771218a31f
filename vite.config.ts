import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
// The production server's headers, so that development meets the same isolation rules.
import { headers } from './scripts/serve.mjs';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { 'Content-Security-Policy': _policy, ...isolation } = headers;

export default defineConfig({
  root: at('web/app'),
  publicDir: at('web/public'),
  // Whether scripts/fashion.mjs has packed it.
  define: { HAS_FASHION: existsSync(at('web/public/data/fashion.idx')) },
  base: './',
  plugins: [svelte({ configFile: false })],
  resolve: { alias: { striate: at('web/lib/index.ts') } },
  worker: { format: 'es' },
  build: {
    outDir: at('build/page'),
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inlined as data: the policy of the page allows no script or style that is not a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // Vite's development client uses inline styles and eval'd modules, so the strict policy is for the built page only.
  server: { headers: isolation, fs: { allow: [at('.')] } },
});
