// The lab's pure parts: experiment table, history, colour maps, the digits file, messages.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { colourMap } from '../../web/app/draw/colour_maps.js';
import { en } from '../../web/app/messages/en.js';
import { formats } from '../../web/app/messages/formats.js';
import { ru } from '../../web/app/messages/ru.js';
import { splitPair } from '../../web/app/state/digits.js';
import {
  BATCH_SIZES,
  EXPERIMENT,
  formatExperiment,
  parseExperiment,
  RATES,
  TWIN_IMAGES,
  VIEW_MERGES,
  VIEW_SETS,
} from '../../web/app/state/experiment.js';
import { NETWORKS } from '../../web/app/state/network.js';
import { History } from '../../web/app/state/history.js';
import { ENGINE_ERROR_CODES, LIBRARY_ERROR_CODES } from '../../web/worker/errors.js';

describe('experiment', () => {
  const initial = parseExperiment('');

  test('the defaults have the empty address and lie on the stops of the sliders', () => {
    expect(formatExperiment(initial)).toBe('');
    expect(RATES).toContain(initial.learningRate);
    expect(BATCH_SIZES).toContain(initial.batchSize);
  });

  test('only what differs is written, and read back', () => {
    const experiment = { ...initial, learningRate: 0.1, seed: 7, language: 'ru' as const };
    expect(formatExperiment(experiment)).toBe('#seed=7&rate=0.1&lang=ru');
    expect(parseExperiment('#seed=7&rate=0.1&lang=ru')).toEqual(experiment);
  });

  test('what is not understood falls back to the default', () => {
    for (const hash of [
      '#seed=-1',
      '#seed=1.5',
      '#rate=0',
      '#rate=1001',
      '#rate=',
      '#rate=NaN',
      '#batch=x',
      '#lang=xx',
    ]) {
      expect(parseExperiment(hash), hash).toEqual(initial);
    }
    expect(parseExperiment('#__proto__=1&constructor=2&rate=%3Cscript%3E')).toEqual(initial);
  });

  test('any address gives valid settings; any settings survive their address', () => {
    fc.assert(
      fc.property(fc.string(), (hash) => {
        const experiment = parseExperiment(hash);
        expect(Object.keys(experiment)).toEqual(Object.keys(EXPERIMENT));
        expect(parseExperiment(formatExperiment(experiment))).toEqual(experiment);
      }),
    );
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          learningRate: fc.double({ min: 0.001, max: 1, noNaN: true }),
          batchSize: fc.integer({ min: 1, max: 1024 }),
          epochs: fc.integer({ min: 1, max: 1000 }),
          data: fc.constantFrom('digits' as const, 'shapes' as const, 'fashion' as const),
          network: fc.constantFrom(...NETWORKS),
          language: fc.constantFrom('auto' as const, 'en' as const, 'ru' as const),
          theme: fc.constantFrom('auto' as const, 'light' as const, 'dark' as const),
          policy: fc.constantFrom('digits', 'randAugment', '[]', '[{"type":"Rotate","limit":[-5,5]}]'),
          augment: fc.constantFrom('off' as const, 'on' as const),
          twinImages: fc.constantFrom(...TWIN_IMAGES),
          twinSeconds: fc.integer({ min: 2, max: 3600 }),
          views: fc.constantFrom(...VIEW_SETS),
          merge: fc.constantFrom(...VIEW_MERGES),
        }),
        (experiment) => {
          expect(parseExperiment(formatExperiment(experiment))).toEqual(experiment);
        },
      ),
    );
  });
});

describe('history', () => {
  test('small reports are gathered, long runs thinned; sums and order kept', () => {
    const history = new History();
    const count = 50_000;
    for (let k = 1; k <= count; k++) {
      history.add({ epoch: k / 100, loss: k, accuracy: 0.5, images: 64 });
      if (k === 100) expect(history.training.length).toBe(10);
    }
    expect(history.training.length).toBeLessThanOrEqual(601);
    expect(history.training.reduce((sum, { images }) => sum + images, 0)).toBe(64 * count);
    const mean = history.training.reduce((sum, { loss, images }) => sum + loss * images, 0) / (64 * count);
    expect(mean).toBeCloseTo((count + 1) / 2, 6);
    const epochs = history.training.map(({ epoch }) => epoch);
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
  });

  test('rewind drops what came after; firstAt finds the first good look', () => {
    const history = new History();
    for (const [epoch, accuracy] of [
      [0.5, 0.9],
      [1, 0.975],
      [1.5, 0.96],
      [2, 0.98],
    ] as const) {
      history.addEvaluation({ epoch, loss: 0.1, accuracy, seconds: epoch });
    }
    expect(history.firstAt(0.97)?.epoch).toBe(1);
    history.rewind(0.7);
    expect(history.evaluations.map(({ epoch }) => epoch)).toEqual([0.5]);
    expect(history.firstAt(0.97)).toBeUndefined();
  });
});

describe('colour maps', () => {
  /** Relative luminance (WCAG) of one entry. */
  const luminance = (pixel: number) => {
    const channel = (shift: number) => {
      const x = ((pixel >> shift) & 255) / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * channel(0) + 0.7152 * channel(8) + 0.0722 * channel(16);
  };

  test.each(['light', 'dark'] as const)('%s: ink grows evenly from the paper, never back', (theme) => {
    const levels = Array.from(colourMap('activation', theme), luminance);
    const sign = theme === 'light' ? -1 : 1;
    for (let k = 1; k < 256; k++) expect(sign * (levels[k]! - levels[k - 1]!)).toBeGreaterThan(-0.002);
    expect(Math.abs(levels[255]! - levels[0]!)).toBeGreaterThan(0.7);
  });

  test.each(['light', 'dark'] as const)('%s: weights are neutral at zero and go equally far both ways', (theme) => {
    const map = colourMap('weight', theme);
    const zero = map[127]!;
    const channels = [0, 8, 16].map((shift) => (zero >> shift) & 255);
    expect(Math.max(...channels) - Math.min(...channels)).toBeLessThan(10);
    const [negative, middle, positive] = [map[0]!, zero, map[255]!].map(luminance) as [number, number, number];
    expect(Math.sign(negative - middle)).toBe(Math.sign(positive - middle));
    expect(Math.abs(negative - positive)).toBeLessThan(0.08);
  });
});

describe('digits file', () => {
  const idx = (dimensions: readonly number[], bytes: number) => {
    const view = new DataView(new ArrayBuffer(4 + 4 * dimensions.length + bytes));
    view.setUint32(0, 0x800 + dimensions.length);
    dimensions.forEach((size, k) => view.setUint32(4 + 4 * k, size));
    return new Uint8Array(view.buffer);
  };
  test('is cut where the images end', () => {
    const { images, labels } = splitPair(new Uint8Array([...idx([3, 2, 2], 12), ...idx([3], 3)]));
    expect([images.length, labels.length]).toEqual([28, 11]);
  });
  test('anything else is refused', () => {
    expect(() => splitPair(new Uint8Array(100))).toThrow(/IDX images/);
    expect(() => splitPair(idx([3, 2, 2], 12))).toThrow(/no IDX labels/);
    expect(() => splitPair(idx([30, 28, 28], 12))).toThrow(/no IDX labels/);
  });
});

describe('messages', () => {
  type Table = Record<string, string | ((...values: never[]) => string)>;
  const tables: Record<string, Table> = { en, ru };

  test('every language has every text, of the same kind, and none is empty', () => {
    for (const [name, table] of Object.entries(tables)) {
      expect(Object.keys(table).sort(), name).toEqual(Object.keys(en).sort());
      for (const [key, text] of Object.entries(table)) {
        const model = (en as Table)[key]!;
        expect(typeof text, `${name} ${key}`).toBe(typeof model);
        if (typeof text === 'function') expect(text.length, `${name} ${key}`).toBe((model as typeof text).length);
        const said =
          typeof text === 'function' ? text(...(Array.from({ length: text.length }, () => 2) as never[])) : text;
        expect(said.trim(), `${name} ${key}`).not.toBe('');
      }
    }
  });

  test('Russian is in Russian', () => {
    const same = Object.keys(en).filter((key) => (en as Table)[key] === (ru as Table)[key]);
    // Signs and names only.
    const names = [
      'data.network.lenet',
      'data.network.resnet14',
      'data.network.resnet8',
      'data.set.cifar10',
      'data.set.fashion',
    ];
    expect(same.sort()).toEqual([...names, 'machine.none', 'stage.softmax']);
  });

  test('every error code has its text', () => {
    for (const code of [...ENGINE_ERROR_CODES, ...LIBRARY_ERROR_CODES]) {
      for (const table of Object.values(tables)) expect(table[`error.${code}`], code).toBeTypeOf('string');
    }
  });

  test('numbers and plurals follow the language', () => {
    const [english, russian] = [formats('en'), formats('ru')];
    expect(english.percent(0.974, 1)).toBe('97.4%');
    expect(russian.percent(0.974, 1)).toBe('97,4\u00a0%');
    expect(english.whole(11240)).toBe('11,240');
    expect(russian.whole(11240)).toBe('11\u00a0240');
    expect(english.significant(0.05, 3)).toBe('0.05');
    const noun = { one: 'рисунок', few: 'рисунка', many: 'рисунков', other: 'рисунка' };
    expect([1, 2, 5, 21, 11].map((n) => russian.plural(n, noun))).toEqual([
      'рисунок',
      'рисунка',
      'рисунков',
      'рисунок',
      'рисунков',
    ]);
  });
});
