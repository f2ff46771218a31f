// Checks the page's texts: every language has every text, every text is used, and no component holds a text of its own.
//   node scripts/check_messages.mjs
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { at, root } from './lib/paths.mjs';
import { main } from './lib/steps.mjs';

const app = at('web', 'app');
const folder = path.join(app, 'messages');

const filesUnder = (where) =>
  (fs.existsSync(where) ? fs.readdirSync(where, { withFileTypes: true }) : []).flatMap((entry) => {
    const full = path.join(where, entry.name);
    return entry.isDirectory() ? filesUnder(full) : [full];
  });
const lineOf = (text, index) => text.slice(0, index).split('\n').length;
const place = (file, line, words) => `${path.relative(root, file)}:${line}: ${words}`;

/** The keys of one language, which lie in `en.ts` and `en_….ts`, each with its place. */
function readKeys(code, files) {
  const keys = new Map();
  const problems = [];
  for (const file of files) {
    for (const [index, line] of fs.readFileSync(file, 'utf8').split('\n').entries()) {
      const key = /^ {2}(?:'([^']+)'|([a-zA-Z]\w*))\s*:/.exec(line)?.slice(1).find(Boolean);
      if (!key) continue;
      if (keys.has(key)) problems.push(place(file, index + 1, `'${key}' stands there twice`));
      if (/:\s*(''|""|``)\s*,?\s*$/.test(line)) problems.push(place(file, index + 1, `'${key}' is empty`));
      keys.set(key, { file, line: index + 1 });
    }
  }
  return { code, files, keys, problems };
}

/** Attributes whose value a person reads or hears. */
const spoken = new Set([
  'title',
  'alt',
  'placeholder',
  'aria-label',
  'aria-description',
  'aria-valuetext',
  'aria-roledescription',
  'label',
]);
/** Not texts: the name, and marks that are the same in every language. */
const isWords = (text) => /\p{L}{2,}/u.test(text.replaceAll('Striate', ''));

/** Texts written straight into a component. */
async function textsOf(file) {
  const { parse } = await import('svelte/compiler');
  const source = fs.readFileSync(file, 'utf8');
  const found = [];
  const visit = (node, inside) => {
    if (Array.isArray(node)) return node.forEach((one) => visit(one, inside));
    if (!node || typeof node !== 'object') return undefined;
    if (node.type === 'Text' && inside !== 'attribute' && isWords(node.data)) {
      found.push(place(file, lineOf(source, node.start), `a text of its own: "${node.data.trim().slice(0, 60)}"`));
    }
    if (node.type === 'Attribute') {
      const parts = Array.isArray(node.value) ? node.value : [];
      if (spoken.has(node.name) && parts.some((part) => part.type === 'Text' && isWords(part.data))) {
        found.push(place(file, lineOf(source, node.start), `a text of its own in ${node.name}`));
      }
      return undefined;
    }
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'metadata' && key !== 'parent') visit(value, inside);
    }
    return undefined;
  };
  visit(parse(source, { modern: true, filename: file }).fragment, '');
  return found;
}

export async function checkMessages() {
  const byCode = new Map();
  for (const file of filesUnder(folder).sort()) {
    const code = /^([a-z]{2})(?:_\w+)?\.ts$/.exec(path.basename(file))?.[1];
    if (code) byCode.set(code, [...(byCode.get(code) ?? []), file]);
  }
  const languages = [...byCode].map(([code, files]) => readKeys(code, files));
  if (languages.length === 0) return { problems: [`no language files in ${path.relative(root, folder)}`], languages };
  const problems = languages.flatMap((language) => language.problems);

  const all = new Map(languages.flatMap(({ keys }) => [...keys]));
  for (const { files, keys } of languages) {
    for (const [key, from] of all) {
      if (!keys.has(key))
        problems.push(place(files[0], 1, `lacks '${key}' (${path.relative(root, from.file)}:${from.line})`));
    }
  }

  const users = filesUnder(app).filter(
    (file) => !languages.some(({ files }) => files.includes(file)) && /\.(ts|svelte)$/.test(file),
  );
  const text = users.map((file) => fs.readFileSync(file, 'utf8')).join('\n');
  // `error.${code}` names a family of texts.
  const families = [...text.matchAll(/[`'"]([\w.-]+\.)(?:\$\{|['"`]\s*\+)/g)].map((match) => match[1]);
  for (const [key, from] of all) {
    const used =
      ["'", '"', '`'].some((quote) => text.includes(quote + key + quote)) ||
      families.some((prefix) => key.startsWith(prefix));
    if (!used) problems.push(place(from.file, from.line, `'${key}' is used nowhere`));
  }
  for (const file of users.filter((name) => name.endsWith('.svelte'))) problems.push(...(await textsOf(file)));
  return { problems, languages };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const { problems, languages } = await checkMessages();
    problems.forEach((line) => console.log(line));
    console.log(`${languages.length} languages, ${problems.length} problems`);
    return problems.length ? 1 : 0;
  });
}
