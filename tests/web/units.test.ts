// Small parts by themselves: slice timer, rate, report queue, errors, SIMD probe.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReportQueue, mergeReports } from '../../web/lib/report_queue.js';
import type { TrainingReport } from '../../web/lib/types.js';
import { StriateError, fromWireError, toWireError } from '../../web/worker/errors.js';
import { RecentRate } from '../../web/worker/recent_rate.js';
import { checkMachine } from '../../web/worker/simd_probe.js';
import { SliceTimer } from '../../web/worker/slice_timer.js';

test('slices grow to the target, at most doubling, and shrink at once', () => {
  const timer = new SliceTimer(8);
  const sizes: number[] = [];
  for (let i = 0; i < 6; i++) {
    const units = timer.next();
    sizes.push(units);
    timer.record(units, units * 0.5);
  }
  expect(sizes).toEqual([1, 2, 4, 8, 16, 16]);
  timer.record(16, 32);
  expect(timer.next()).toBe(4);
});

test('a clock that stands still cannot make a slice of everything', () => {
  const timer = new SliceTimer(8);
  timer.record(timer.next(), 0);
  expect(timer.next()).toBe(2);
});

test('a rate is that of the last half second: steady through a hiccup, and soon the new one', () => {
  const rate = new RecentRate(500);
  expect(rate.perSecond).toBe(0);
  rate.add(32, 4);
  expect(rate.perSecond).toBeCloseTo(8000);
  for (let i = 0; i < 50; i++) rate.add(320, 40);
  rate.add(32, 16); // a quarter of the speed, for a moment
  expect(rate.perSecond).toBeGreaterThan(7500);
  for (let i = 0; i < 50; i++) rate.add(80, 40);
  expect(rate.perSecond).toBeGreaterThan(1990);
  expect(rate.perSecond).toBeLessThan(2150);
});

const report = (firstStep: number, losses: number[], more: Partial<TrainingReport> = {}): TrainingReport => ({
  step: firstStep + losses.length - 1,
  epoch: 0,
  stepsPerEpoch: 10,
  firstStep,
  losses: Float32Array.from(losses),
  loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
  accuracy: 0.5,
  learningRate: 0.1,
  batchSize: 1,
  images: firstStep + losses.length - 1,
  imagesPerSecond: 1,
  trainingMs: 1,
  elapsedMs: 1,
  done: false,
  ...more,
});
const scores = { precision: 1, recall: 1, f1: 1 };
const measures = { topK: 5, topKAccuracy: 1, classes: [], macro: scores, calibrationError: 0 };
const validation = { loss: 1, accuracy: 1, confusionMatrix: [], ...measures, images: 1, step: 1 };

test('merged reports hold all losses, whatever the loop’s pace', async () => {
  const sizes = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(sizes, async (events) => {
      const queue = new ReportQueue();
      const seen: number[] = [];
      let step = 1;
      const take = async () => {
        const { value, done } = await queue.next();
        if (!done) seen.push(...value.losses);
      };
      for (const [size, read] of events) {
        queue.push(
          report(
            step,
            Array.from({ length: size }, (_, i) => step + i),
          ),
        );
        step += size;
        if (read) await take();
      }
      queue.finish({ reason: 'finished', step, epoch: 0 });
      await take();
      expect(seen).toEqual(Array.from({ length: step - 1 }, (_, i) => i + 1));
      expect((await queue.next()).done).toBe(true);
    }),
  );
});

test('what would lose something is not merged', () => {
  expect(mergeReports(report(1, [1], { validation }), report(2, [1], { validation }))).toBeNull();
  expect(mergeReports(report(5, [1, 2]), report(3, [1]))).toBeNull();
  expect(mergeReports(report(1, [1], { validation }), report(2, [3]))).toMatchObject({ validation, loss: 2, step: 2 });
});

test('a failed queue gives out what waits, then the error', async () => {
  const queue = new ReportQueue();
  queue.push(report(1, [1]));
  queue.fail(new Error('over'));
  expect((await queue.next()).done).toBe(false);
  await expect(queue.next()).rejects.toThrow('over');
});

test('errors keep code, message and hint across the wire; others become internal', () => {
  const error = fromWireError(toWireError(new StriateError('invalid_shape', 'A.', 'B.')));
  expect(error).toMatchObject({ name: 'StriateError', code: 'invalid_shape', message: 'A.', hint: 'B.' });
  expect(toWireError(new TypeError('x'))).toMatchObject({ code: 'internal', message: 'TypeError: x' });
  expect(toWireError('text')).toMatchObject({ code: 'internal', message: 'text' });
});

test('a machine without SIMD or without WebAssembly is told so', () => {
  const whole = globalThis.WebAssembly;
  const { validate } = whole;
  expect(() => checkMachine()).not.toThrow();
  try {
    whole.validate = () => false;
    expect(() => checkMachine()).toThrow(expect.objectContaining({ code: 'no_simd' }) as Error);
    Object.assign(globalThis, { WebAssembly: undefined });
    expect(() => checkMachine()).toThrow(expect.objectContaining({ code: 'no_webassembly' }) as Error);
  } finally {
    Object.assign(globalThis, { WebAssembly: whole });
    whole.validate = validate;
  }
});

test('the probe is wasm-feature-detect’s final encoding', async () => {
  const { simd } = await import('wasm-feature-detect');
  expect(await simd()).toBe(true);
  expect(() => checkMachine()).not.toThrow();
});
