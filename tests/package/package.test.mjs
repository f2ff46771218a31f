// The npm package as its users get it: packed, unpacked somewhere else, imported, type-checked and bundled there.
// Needs: dist/ built (npm run build:lib).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';

let base;
let files;
const project = () => path.join(base, 'project');
const installed = (...parts) => path.join(project(), 'node_modules', 'striate', ...parts);
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

const node = (args, options = {}) =>
  execFileSync(process.execPath, args, {
    cwd: project(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });

/** Output of a command that may fail, with what it printed as the reason. */
function runs(work) {
  try {
    return work();
  } catch (error) {
    return assert.fail(`${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error : ''}`);
  }
}

before(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-package-'));
  fs.mkdirSync(path.join(project(), 'node_modules'), { recursive: true });
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', base], {
      cwd: at('.'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  files = packed.files.map((file) => file.path);
  execFileSync('tar', ['-xzf', path.join(base, packed.filename), '-C', base]);
  fs.renameSync(path.join(base, 'package'), installed());
  fs.writeFileSync(path.join(project(), 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
});

after(() => fs.rmSync(base, { recursive: true, force: true }));

test('it holds dist and the legal texts, nothing else, and depends on nothing', () => {
  const others = files.filter(
    (file) => !file.startsWith('dist/') && !/^(package\.json|README\.md|LICENSE)$/.test(file),
  );
  assert.deepEqual(others, []);
  const { dependencies = {}, exports: entries } = read(installed('package.json'));
  assert.deepEqual(dependencies, {});
  assert.equal(Object.keys(entries['.'])[0], 'types');
});

test('the modules, and one glue for all places', () => {
  for (const kind of ['', '.relaxed'])
    for (const memory of ['', '.threads'])
      for (const part of ['', '.more'])
        assert.ok(files.includes(`dist/engine/striate${kind}${memory}${part}.wasm`), `${kind}${memory}${part}`);
  // A bundler for the web fails on `node:` imports: what Node needs is reached through its own condition alone.
  const forNode = ['dist/engine/node.mjs', 'dist/engine/thread_node.mjs'];
  for (const file of forNode) assert.ok(files.includes(file), file);
  for (const file of files.filter((name) => /\.m?js$/.test(name) && !forNode.includes(name))) {
    const text = fs.readFileSync(installed(file), 'utf8');
    assert.doesNotMatch(text, /['"]node:|require\(/, file);
    for (const other of forNode) assert.ok(!text.includes(`./${path.basename(other)}`), `${file} names ${other}`);
  }
});

test('nothing runs at import, and it trains in Node', { timeout: 120_000 }, () => {
  fs.writeFileSync(
    path.join(project(), 'use.mjs'),
    `
    import { loadStriate } from 'striate';
    const striate = await loadStriate();
    const model = await striate.createModel({
      input: { channels: 1, height: 8, width: 8 },
      layers: [{ type: 'conv2d', outChannels: 4, kernelSize: 3 }, { type: 'relu' }, { type: 'flatten' }, { type: 'linear', outFeatures: 2 }],
    }, { seed: 1 });
    // Bright left half or bright right half.
    const count = 64, data = new Uint8Array(count * 64), labels = [];
    for (let i = 0; i < count; i += 1) {
      labels.push(i % 2);
      for (let p = 0; p < 64; p += 1) data[i * 64 + p] = (p % 8 < 4) === (i % 2 === 0) ? 200 : 20;
    }
    const train = await striate.datasets.fromPixels({ data, shape: [count, 1, 8, 8] }, labels);
    for await (const report of model.fit(train, { epochs: 8, batchSize: 16, seed: 1, optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 } }));
    const { accuracy } = await model.evaluate(train);
    model.dispose();
    await striate.close();
    console.log(JSON.stringify({ accuracy }));
  `,
  );
  const { accuracy } = JSON.parse(
    runs(() => node(['use.mjs']))
      .trim()
      .split('\n')
      .at(-1),
  );
  assert.equal(accuracy, 1);
});

test('on threads, it ends by itself when nobody closes it', { timeout: 60_000 }, () => {
  fs.writeFileSync(
    path.join(project(), 'open.mjs'),
    `
    import { loadStriate } from 'striate';
    const { info } = await loadStriate({ threads: 3 });
    console.log(JSON.stringify(info));
  `,
  );
  const { threads, notes } = JSON.parse(runs(() => node(['open.mjs'], { timeout: 30_000 })));
  assert.deepEqual([threads, notes], [3, []]);
});

test('its types stand on their own, with either way of finding modules', () => {
  fs.writeFileSync(
    path.join(project(), 'use.ts'),
    `
    import { loadStriate, StriateError } from 'striate';
    export async function accuracy(bytes: Uint8Array, labels: Uint8Array): Promise<number> {
      const striate = await loadStriate({ threads: 'auto' });
      const model = await striate.createModel('lenet', { seed: 1 });
      const digits = await striate.datasets.fromIdx(bytes, labels);
      try {
        for await (const report of model.fit(digits, { epochs: 1, batchSize: 64 })) report.loss satisfies number;
        return (await model.evaluate(digits)).accuracy;
      } catch (error) {
        if (error instanceof StriateError) error.hint satisfies string | undefined;
        throw error;
      } finally {
        await striate.close();
      }
    }
  `,
  );
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc');
  for (const [module, moduleResolution] of [
    ['ESNext', 'Bundler'],
    ['NodeNext', 'NodeNext'],
  ]) {
    const compilerOptions = {
      ...{ module, moduleResolution, target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable', 'DOM'] },
      ...{ strict: true, noEmit: true, types: [], skipLibCheck: false },
    };
    fs.writeFileSync(path.join(project(), 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    runs(() => node([tsc, '-p', '.']));
  }
});

test('a bundler takes the worker and the wasm along', { timeout: 120_000 }, () => {
  fs.writeFileSync(path.join(project(), 'index.html'), '<script type="module" src="./main.js"></script>');
  fs.writeFileSync(
    path.join(project(), 'main.js'),
    "import { loadStriate } from 'striate';\nwindow.load = loadStriate;\n",
  );
  fs.writeFileSync(
    path.join(project(), 'vite.config.js'),
    "export default { worker: { format: 'es' }, logLevel: 'warn' };\n",
  );
  runs(() => node([at('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--outDir', 'out']));
  const out = fs.readdirSync(path.join(project(), 'out', 'assets'));
  assert.equal(out.filter((name) => name.endsWith('.wasm')).length, 8, out.join(' '));
  for (const script of [/worker.*\.js$/, /thread.*\.m?js$/]) {
    assert.ok(
      out.some((name) => script.test(name)),
      out.join(' '),
    );
  }
});
