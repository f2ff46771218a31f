// Forms of images, checks of shapes and labels, grey from colour.
import { expect, test } from 'vitest';
import { batchFromImageData, checkBatch, checkImage, checkImages, checkLabels } from '../../web/lib/images.js';
import type { Images } from '../../web/lib/types.js';

const rgba = (width: number, height: number, pixel: readonly number[]) => ({
  width,
  height,
  data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => pixel[i % 4] ?? 0),
});

test('takes a batch, bare pixels and floats', () => {
  const data = new Uint8Array(24);
  expect(checkImages('images', { data, shape: [2, 3, 2, 2] }, [3, 2, 2])).toEqual({ pixels: data, count: 2 });
  expect(checkImages('images', data, [3, 2, 2]).count).toBe(2);
  expect(checkImages('images', new Float32Array(12), [3, 2, 2]).pixels).toBeInstanceOf(Float32Array);
  expect(checkImages('images', new Uint8ClampedArray(12), [3, 2, 2]).pixels).toBeInstanceOf(Uint8Array);
});

test('grey is Pillow’s luma', () => {
  // Values of PIL.Image.convert('L').
  for (const [colour, grey] of [
    [[255, 0, 0, 255], 76],
    [[0, 255, 0, 255], 150],
    [[0, 0, 255, 255], 29],
    [[10, 200, 30, 255], 124],
    [[255, 255, 255, 0], 255],
  ] as const) {
    expect(checkImage('image', rgba(2, 2, colour), [1, 2, 2])[3]).toBe(grey);
  }
});

test('colours become planes', () => {
  const { pixels } = checkImages('images', [rgba(2, 1, [1, 2, 3, 255]), rgba(2, 1, [4, 5, 6, 255])], [3, 1, 2]);
  expect([...pixels]).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
  expect(batchFromImageData('images', [rgba(2, 1, [1, 2, 3, 4])], 3).shape).toEqual([1, 3, 1, 2]);
});

test.each<[Images, string]>([
  [{ data: new Uint8Array(8), shape: [1, 1, 2, 4] }, 'images are 1×2×4 each, but 1×2×2 is wanted'],
  [{ data: new Uint8Array(7), shape: [2, 1, 2, 2] }, 'holds 7 numbers, but its shape 2×1×2×2 asks for 8'],
  [{ data: new Uint8Array(0), shape: [0, 1, 2, 2] }, 'images.shape n is 0.'],
  [{ data: new Uint8Array(4), shape: [1, 2, 2] as never }, 'images.shape is [1, 2, 2].'],
  [{ data: [1, 2, 3, 4] as never, shape: [1, 1, 2, 2] }, 'images.data is [1, 2, 3, 4].'],
  [new Uint8Array(6), 'images hold 6 numbers; an image of 1×2×2 has 4'],
  [new Uint8Array(0), 'images hold 0 numbers'],
  [rgba(3, 2, [0, 0, 0, 0]), 'images[0] is 3 wide and 2 high, but 2 by 2 is wanted'],
  [[], 'images: there are none'],
  ['cat.png' as never, 'images are "cat.png".'],
  [null as never, 'images are null.'],
  [[new Uint8Array(4)] as never, 'images[0] is Uint8Array of 4 bytes.'],
])('refuses images %#', (images, message) => {
  expect(() => checkImages('images', images, [1, 2, 2])).toThrow(message);
});

test('ImageData fits one or three channels only', () => {
  expect(() => checkImages('images', rgba(2, 2, [0, 0, 0, 0]), [2, 2, 2])).toThrow('has colours');
});

test('one image means one', () => {
  expect(() => checkImage('The image', new Uint8Array(8), [1, 2, 2])).toThrow('The image: 2 images.');
});

test('labels are integers of the classes, one an image', () => {
  expect([...checkLabels('labels', [0, 9], 2, 10)]).toEqual([0, 9]);
  expect(() => checkLabels('labels', [0], 2, 10)).toThrow('There are 2 images, but 1 labels.');
  expect(() => checkLabels('labels', [0, 10], 2, 10)).toThrow('labels[1] is 10.');
  expect(() => checkLabels('labels', [0.5], 1)).toThrow('labels[0] is 0.5.');
  expect(() => checkLabels('labels', undefined as never, 1)).toThrow('labels are undefined.');
});

test('a shape of absurd size is refused by its length, not allocated', () => {
  expect(() => checkBatch('images', { data: new Uint8Array(4), shape: [1e6, 1e3, 1e3, 1] })).toThrow('asks for');
});
