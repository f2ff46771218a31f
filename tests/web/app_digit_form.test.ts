// MNIST's form: box into 20×20, centre of mass on the middle of pixel (14, 14), ink kept.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digitForm, FIELD, inkBox, type Ink } from '../../web/app/draw/digit_form.js';
import { digitFiles } from './digits.js';

function blank(width: number, height: number): Ink & { data: Uint8Array } {
  return { data: new Uint8Array(width * height), width, height };
}

function rectangle(ink: Ink & { data: Uint8Array }, x: number, y: number, width: number, height: number): Ink {
  for (let row = y; row < y + height; row++) ink.data.fill(255, row * ink.width + x, row * ink.width + x + width);
  return ink;
}

function centre(pixels: Uint8Array): { x: number; y: number; mass: number } {
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((value, k) => {
    mass += value;
    x += value * ((k % FIELD) + 0.5);
    y += value * (Math.floor(k / FIELD) + 0.5);
  });
  return { x: x / mass, y: y / mass, mass };
}

test('an empty drawing gives zeros and has no box', () => {
  expect(inkBox(blank(100, 80))).toBeNull();
  expect(digitForm(blank(100, 80)).every((value) => value === 0)).toBe(true);
});

test('a tall bar becomes 20 high, keeps its ratio and lies on the centre', () => {
  const pixels = digitForm(rectangle(blank(168, 168), 30, 20, 12, 120));
  const box = inkBox({ data: pixels, width: FIELD, height: FIELD })!;
  expect(box.height).toBeGreaterThanOrEqual(20);
  expect(box.height).toBeLessThanOrEqual(21); // an edge may be shared by two pixels
  const { x, y, mass } = centre(pixels);
  expect(x).toBeCloseTo(14.5, 1);
  expect(y).toBeCloseTo(14.5, 1);
  expect(mass / 255).toBeCloseTo(20 * 2, 0); // 120 → 20 high, so 12 → 2 wide
});

test('where and how large the drawing is does not matter', () => {
  const at = (x: number, y: number, size: number) =>
    digitForm(rectangle(rectangle(blank(200, 200), x, y, size, size / 4) as never, x, y, size / 4, size * 1.5));
  const reference = at(10, 10, 80);
  for (const [x, y, size] of [
    [50, 30, 80],
    [0, 0, 120],
    [150, 140, 40],
  ] as const) {
    const other = at(x, y, size);
    reference.forEach((value, k) => expect(Math.abs(value - other[k]!)).toBeLessThanOrEqual(2));
  }
});

test('faint traces of antialiasing do not stretch the box', () => {
  const ink = blank(168, 168);
  rectangle(ink, 40, 40, 40, 80);
  ink.data[0] = 10;
  expect(inkBox(ink)).toEqual({ x: 40, y: 40, width: 40, height: 80 });
});

test('whatever is drawn, ink stays in the field and none is lost', () => {
  const drawing = fc.record({
    width: fc.integer({ min: 1, max: 60 }),
    height: fc.integer({ min: 1, max: 60 }),
    seed: fc.array(fc.tuple(fc.nat(3599), fc.integer({ min: 16, max: 255 })), { minLength: 1, maxLength: 40 }),
  });
  fc.assert(
    fc.property(drawing, ({ width, height, seed }) => {
      const ink = blank(width, height);
      for (const [k, value] of seed) ink.data[k % ink.data.length] = value;
      const pixels = digitForm(ink);
      const box = inkBox(ink)!;
      const scale = Math.max(box.width, box.height) / 20;
      const before = ink.data.reduce((sum, value) => sum + value, 0);
      const after = pixels.reduce((sum, value) => sum + value, 0);
      // Rounding of 784 bytes, half a level each.
      expect(Math.abs(after - before / scale ** 2)).toBeLessThanOrEqual(392);
    }),
    { numRuns: 300 },
  );
});

test('MNIST’s own digits are a fixed point, within a shift of less than a pixel', () => {
  const images = digitFiles().images.subarray(16);
  for (let k = 0; k < 200; k++) {
    const digit = images.subarray(k * 784, (k + 1) * 784);
    const again = centre(digitForm({ data: digit, width: FIELD, height: FIELD }));
    const given = centre(digit);
    expect(Math.abs(again.x - given.x)).toBeLessThan(0.75);
    expect(Math.abs(again.y - given.y)).toBeLessThan(0.75);
    // Their box is 20 in the longer direction already (with faint pixels), so the size stays.
    expect(again.mass / given.mass).toBeGreaterThan(0.9);
    expect(again.mass / given.mass).toBeLessThan(1.35);
  }
});
