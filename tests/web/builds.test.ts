// Which module of the engine is loaded: by what the machine has, by what it computes, and from where.
import { expect, test, vi } from 'vitest';
import { startStriate } from '../../web/lib/load.js';
import type { LoadOptions } from '../../web/lib/index.js';
import type { EngineFiles } from '../../web/worker/builds.js';
import { partUrl } from '../../web/worker/builds.js';
import type { EngineModule } from '../../web/worker/engine_module.js';
import { InProcessTransport } from '../../web/worker/in_process.js';
import { createEngine, files } from './real_engine.js';

interface Machine {
  /** Whether it says that it has relaxed SIMD. */
  readonly relaxed: boolean;
  /** Module names that cannot be fetched, and those that compute wrong. */
  readonly missing?: RegExp;
  readonly wrong?: RegExp;
}

const nameOf = (url: string): string => url.replace(/.*\//, '');

/** The engine with wrong probabilities. (Embind's classes cannot be extended.) */
function wrongly(engine: EngineModule): EngineModule {
  const Session = function () {
    const session = new engine.Session();
    const predict: typeof session.predict = (...args) => {
      const reply = session.predict(...args);
      if (reply.ok) reply.floats?.fill(0.25);
      return reply;
    };
    const get = (target: typeof session, key: string | symbol): unknown => {
      const value: unknown = key === 'predict' ? predict : Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    };
    return new Proxy(session, { get });
  };
  return new Proxy(engine, { get: (target, key) => (key === 'Session' ? Session : Reflect.get(target, key)) });
}

/** An engine on such a machine, and the names of the modules it asked for. */
async function startOn({ relaxed, missing, wrong }: Machine, options: LoadOptions) {
  const asked: string[] = [];
  const watched: EngineFiles = {
    ...files,
    compileWasm: (url) => {
      asked.push(nameOf(url));
      if (missing?.test(nameOf(url))) return Promise.reject(new Error(`404 for ${nameOf(url)}`));
      // Node 20 has no relaxed SIMD: the plain module stands in for the other one, and says below that it is it.
      return files.compileWasm(url.replace('.relaxed', ''));
    },
    openEngine: async (create, given, place) => {
      const opened = await files.openEngine(create, given, place);
      const name = nameOf(place.url);
      const buildInfo = () =>
        opened.engine.buildInfo().replace('"simd"', name.includes('relaxed') ? '"relaxed-simd"' : '"simd"');
      const engine = new Proxy(opened.engine, {
        get: (target, key) => (key === 'buildInfo' ? buildInfo : Reflect.get(target, key)),
      });
      return { ...opened, engine: wrong?.test(name) ? wrongly(engine) : engine };
    },
  };
  const validate = vi.spyOn(WebAssembly, 'validate').mockImplementation(
    // The probe of relaxed SIMD is the larger one.
    (bytes) => relaxed || bytes.byteLength < 35,
  );
  try {
    const transport = new InProcessTransport(createEngine, { files: watched });
    return { striate: await startStriate(() => Promise.resolve(transport), options), asked };
  } finally {
    validate.mockRestore();
  }
}

test.each([
  [true, 'auto', 1, ['striate.wasm'], 'simd'],
  [true, 'simd', 1, ['striate.wasm'], 'simd'],
  [false, 'relaxed-simd', 1, ['striate.wasm'], 'simd'],
  [true, 'relaxed-simd', 1, ['striate.relaxed.wasm'], 'relaxed-simd'],
  [true, 'simd', 2, ['striate.threads.wasm'], 'simd'],
  [true, 'relaxed-simd', 2, ['striate.relaxed.threads.wasm'], 'relaxed-simd'],
] as const)('relaxed SIMD there: %s, asked for %s on %d', async (relaxed, build, threads, modules, picked) => {
  const { striate, asked } = await startOn({ relaxed }, { build, threads });
  await using closing = striate;
  expect(asked).toEqual(modules);
  expect(closing.info).toMatchObject({ build: picked, threads });
  const codes = closing.info.notes.map(({ code }) => code);
  expect(codes).toEqual(build === picked || build === 'auto' ? [] : ['no_relaxed_simd']);
});

test.each([{ missing: /relaxed/ }, { wrong: /relaxed/ }])(
  'a relaxed module that cannot be loaded, or computes wrong, gives way to the plain one: %o',
  async (trouble) => {
    const { striate, asked } = await startOn({ relaxed: true, ...trouble }, { build: 'relaxed-simd', threads: 1 });
    await using closing = striate;
    expect(asked).toEqual(['striate.relaxed.wasm', 'striate.wasm']);
    expect(closing.info.build).toBe('simd');
    expect(closing.info.notes.map(({ code }) => code)).toEqual(['build_failed']);
    expect(closing.info.notes[0]?.message).toMatch(/404|computed \[0\.25/);
  },
);

test.each([{ missing: /threads/ }, { wrong: /threads/ }])(
  'a module with threads that cannot be loaded, or computes wrong on them, gives way to the one without: %o',
  async (trouble) => {
    const { striate, asked } = await startOn({ relaxed: true, ...trouble }, { build: 'simd', threads: 2 });
    await using closing = striate;
    expect(asked).toEqual(['striate.threads.wasm', 'striate.wasm']);
    expect(closing.info).toMatchObject({ build: 'simd', threads: 1 });
    expect(closing.info.notes.map(({ code }) => code)).toEqual(['threads_failed']);
    expect(closing.info.notes[0]?.message).toMatch(/404|computed \[0\.25/);
  },
);

test('where nothing can be loaded, the last failure is told', async () => {
  await expect(startOn({ relaxed: true, missing: /./ }, { build: 'relaxed-simd', threads: 2 })).rejects.toMatchObject({
    code: 'load_failed',
    message: expect.stringContaining('404 for striate.wasm') as string,
  });
});

test('the other modules lie beside the one whose address was given', () => {
  const folder = 'https://cdn.example/engine/';
  const given = `${folder}striate.wasm?v=1`;
  const url = (...words: ['simd' | 'relaxed-simd', 'alone' | 'threads', 'first' | 'second']) =>
    partUrl(files, ...words, given);
  expect(url('simd', 'alone', 'first')).toBe(given);
  expect(url('simd', 'alone', 'second')).toBe(`${folder}striate.more.wasm`);
  expect(url('simd', 'threads', 'first')).toBe(`${folder}striate.threads.wasm`);
  expect(url('relaxed-simd', 'alone', 'first')).toBe(`${folder}striate.relaxed.wasm`);
  expect(url('relaxed-simd', 'threads', 'second')).toBe(`${folder}striate.relaxed.threads.more.wasm`);
  expect(partUrl(files, 'relaxed-simd', 'alone', 'first', null)).toMatch(/^file:.*striate\.relaxed\.wasm$/);
  // And they are called so.
  for (const build of ['simd', 'relaxed-simd'] as const) {
    for (const kind of ['alone', 'threads'] as const) {
      for (const part of ['first', 'second'] as const) {
        if (build === 'simd' && kind === 'alone' && part === 'first') continue;
        expect(nameOf(url(build, kind, part))).toBe(nameOf(files.wasmFiles[build][kind][part].href));
      }
    }
  }
});
