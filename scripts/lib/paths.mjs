// Where things are. Every script asks here, so that a moved folder is moved once.
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const at = (...parts) => path.join(root, ...parts);

export const build = at('build');
export const stamps = at('build', 'stamps');
export const logs = at('build', 'logs');
export const engine = at('dist', 'engine');
export const page = at('build', 'page');
export const data = at('web', 'public', 'data');
