// Which module of the engine is loaded: by what the machine has, by what it computes, and from where.
import { expect, test, vi } from 'vitest';
import createEngine, { readWasm, wasmFiles } from '#engine';
import { startStriate } from '../../web/lib/load.js';
import type { Striate } from '../../web/lib/index.js';
import { partUrl } from '../../web/worker/builds.js';
import type { CreateEngine, EngineModuleOptions } from '../../web/worker/engine_module.js';
import { InProcessTransport } from '../../web/worker/in_process.js';

const files = { wasmFiles, readWasm };

/** An engine on a machine that says it has relaxed SIMD, or that it has not; and the names of the modules it asked for. */
async function startOn(hasRelaxed: boolean, build: 'auto' | 'simd' | 'relaxed-simd', create: CreateEngine) {
  const asked: string[] = [];
  const spied: CreateEngine = (options: EngineModuleOptions = {}) => {
    asked.push(options.locateFile?.('striate.wasm', '').replace(/.*\//, '') ?? '');
    return create(options);
  };
  const validate = vi.spyOn(WebAssembly, 'validate').mockImplementation(
    // The probe of relaxed SIMD is the larger one.
    (bytes) => hasRelaxed || bytes.byteLength < 35,
  );
  try {
    const striate: Striate = await startStriate(() => Promise.resolve(new InProcessTransport(spied, { files })), {
      build,
    });
    return { striate, asked };
  } finally {
    validate.mockRestore();
  }
}

/** Node 20 has no relaxed SIMD: the plain module stands in for the other one, and says that it is it. */
const standIn: CreateEngine = async (options) => {
  const relaxed = options?.locateFile?.('striate.wasm', '').includes('relaxed') ?? false;
  const engine = await createEngine(relaxed ? {} : options);
  if (!relaxed) return engine;
  const buildInfo = () => engine.buildInfo().replace('"simd"', '"relaxed-simd"');
  return new Proxy(engine, { get: (target, key) => (key === 'buildInfo' ? buildInfo : Reflect.get(target, key)) });
};

test.each([
  [true, 'auto', ['striate.wasm'], 'simd'],
  [true, 'simd', ['striate.wasm'], 'simd'],
  [false, 'relaxed-simd', ['striate.wasm'], 'simd'],
  [true, 'relaxed-simd', ['striate.relaxed.wasm'], 'relaxed-simd'],
] as const)('machine has relaxed SIMD: %s, asked for %s', async (has, build, modules, picked) => {
  const { striate, asked } = await startOn(has, build, standIn);
  await using closing = striate;
  expect(asked).toEqual(modules);
  expect(closing.info.build).toBe(picked);
});

test('a relaxed module that cannot be loaded, or computes wrong, gives way to the plain one', async () => {
  const unloadable: CreateEngine = (options) =>
    options?.locateFile?.('striate.wasm', '').includes('relaxed')
      ? Promise.reject(new Error('404'))
      : createEngine(options);
  const wrong: CreateEngine = async (options) => {
    const engine = await createEngine(options?.locateFile?.('', '').includes('relaxed') ? {} : options);
    if (!options?.locateFile?.('striate.wasm', '').includes('relaxed')) return engine;
    class Session extends engine.Session {
      override predict(...args: Parameters<InstanceType<typeof engine.Session>['predict']>) {
        const reply = super.predict(...args);
        if (reply.ok) reply.floats?.fill(0.25);
        return reply;
      }
    }
    return new Proxy(engine, { get: (target, key) => (key === 'Session' ? Session : Reflect.get(target, key)) });
  };
  for (const create of [unloadable, wrong]) {
    const { striate, asked } = await startOn(true, 'relaxed-simd', create);
    await using closing = striate;
    expect(asked).toEqual(['striate.relaxed.wasm', 'striate.wasm']);
    expect(closing.info.build).toBe('simd');
  }
});

test('the other modules lie beside the one whose address was given', () => {
  const given = 'https://cdn.example/engine/striate.wasm?v=1';
  expect(partUrl(files, 'simd', 'first', given)).toBe(given);
  expect(partUrl(files, 'simd', 'second', given)).toBe('https://cdn.example/engine/striate.more.wasm');
  expect(partUrl(files, 'relaxed-simd', 'first', given)).toBe('https://cdn.example/engine/striate.relaxed.wasm');
  expect(partUrl(files, 'relaxed-simd', 'second', given)).toBe('https://cdn.example/engine/striate.relaxed.more.wasm');
  expect(partUrl(files, 'relaxed-simd', 'first', null)).toMatch(/^file:.*striate\.relaxed\.wasm$/);
});
