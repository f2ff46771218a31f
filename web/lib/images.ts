/**
 * Brings the forms in which callers give images to the one the engine takes: bytes or floats, NCHW.
 *
 * Grey from colour is ITU-R 601 luma in the integer arithmetic of Pillow's `convert('L')`, so that Python and this
 * agree: (19595 R + 38470 G + 7471 B + 32768) >> 16.
 */
import type { EnginePixels } from '../worker/engine_module.js';
import { StriateError } from '../worker/errors.js';
import type { BatchShape, ImageShape } from '../worker/values.js';
import { checkInteger, invalid, shown } from './check.js';
import type { ImageBatch, ImageDataLike, Images, Pixels } from './types.js';

/** Pixels with their number of images. The array may be the caller's own: clone it before it can change. */
export interface CheckedImages {
  readonly pixels: EnginePixels;
  readonly count: number;
}

const FORMS =
  'Give { data, shape: [n, channels, height, width] }, a Uint8Array or Float32Array of whole images, or ImageData.';

/** `images` as pixels of images of `wanted` shape. @throws `invalid_shape`, `invalid_argument` */
export function checkImages(what: string, images: Images, wanted: ImageShape): CheckedImages {
  if (isPixels(images)) return bareImages(what, images, wanted);
  if (isImageData(images)) return imageDataImages(what, [images], wanted);
  if (Array.isArray(images)) return imageDataImages(what, images as readonly ImageDataLike[], wanted);
  if (!isBatch(images)) throw invalid(`${what} are ${shown(images)}.`, FORMS);
  const shape = checkBatch(what, images);
  if (shape[1] !== wanted[0] || shape[2] !== wanted[1] || shape[3] !== wanted[2]) {
    throw new StriateError(
      'invalid_shape',
      `${what} are ${times(shape.slice(1))} each, but ${times(wanted)} is wanted (channels × height × width).`,
      'Resize them, or make a network with that input.',
    );
  }
  return { pixels: enginePixels(images.data), count: shape[0] };
}

/** One image. */
export function checkImage(what: string, image: Images, wanted: ImageShape): EnginePixels {
  const { pixels, count } = checkImages(what, image, wanted);
  if (count !== 1) throw new StriateError('invalid_shape', `${what}: ${count} images.`, 'Give exactly one image.');
  return pixels;
}

/** The shape of a batch, when it is one and its data are as long as it says. @throws `invalid_argument`, `invalid_shape` */
export function checkBatch(what: string, batch: ImageBatch): BatchShape {
  if (!isBatch(batch)) throw invalid(`${what} are ${shown(batch)}.`, FORMS);
  if (!isPixels(batch.data)) {
    throw invalid(`${what}.data is ${shown(batch.data)}.`, 'Give a Uint8Array (0…255) or a Float32Array (0…1).');
  }
  const { shape } = batch;
  if (!Array.isArray(shape) || shape.length !== 4) {
    throw invalid(`${what}.shape is ${shown(shape)}.`, 'Give [n, channels, height, width].');
  }
  const names = ['n', 'channels', 'height', 'width'];
  const [n, c, h, w] = names.map((name, i) => checkInteger(`${what}.shape ${name}`, shape[i], { least: 1 })) as [
    number,
    number,
    number,
    number,
  ];
  if (batch.data.length !== n * c * h * w) {
    throw new StriateError(
      'invalid_shape',
      `${what}.data holds ${batch.data.length} numbers, but its shape ${times([n, c, h, w])} asks for ${n * c * h * w}.`,
      'Make shape and data agree: n · channels · height · width numbers.',
    );
  }
  return [n, c, h, w];
}

/** ImageData, all of one size, as a batch with `channels` channels. */
export function batchFromImageData(what: string, images: readonly ImageDataLike[], channels: 1 | 3): ImageBatch {
  const first = images[0];
  if (!first) throw invalid(`${what}: there are none.`, 'Give at least one image.');
  const { pixels, count } = imageDataImages(what, images, [channels, first.height, first.width]);
  return { data: pixels, shape: [count, channels, first.height, first.width] };
}

/** Labels as integers; their number and range. @throws `invalid_argument` */
export function checkLabels(what: string, labels: ArrayLike<number>, count: number, classes?: number): Int32Array {
  if (typeof labels?.length !== 'number') throw invalid(`${what} are ${shown(labels)}.`, 'Give an array of integers.');
  if (labels.length !== count) {
    throw invalid(`There are ${count} images, but ${labels.length} ${what}.`, 'Give one label for each image.');
  }
  const most = classes === undefined ? 2 ** 31 - 1 : classes - 1;
  return Int32Array.from(labels, (label, i) => checkInteger(`${what}[${i}]`, label, { least: 0, most }));
}

/** "3×32×32" */
export function times(shape: readonly number[]): string {
  return shape.join('×');
}

function bareImages(what: string, pixels: Pixels, wanted: ImageShape): CheckedImages {
  const size = wanted[0] * wanted[1] * wanted[2];
  const count = pixels.length / size;
  if (count < 1 || !Number.isInteger(count)) {
    throw new StriateError(
      'invalid_shape',
      `${what} hold ${pixels.length} numbers; an image of ${times(wanted)} has ${size}.`,
      `Give a whole number of images: a multiple of ${size} numbers.`,
    );
  }
  return { pixels: enginePixels(pixels), count };
}

function imageDataImages(what: string, images: readonly ImageDataLike[], wanted: ImageShape): CheckedImages {
  const [channels, height, width] = wanted;
  if (images.length === 0) throw invalid(`${what}: there are none.`, 'Give at least one image.');
  if (channels !== 1 && channels !== 3) {
    throw new StriateError(
      'invalid_shape',
      `ImageData has colours, but ${times(wanted)} is wanted.`,
      'ImageData fits networks of 1 or 3 channels; give { data, shape } for others.',
    );
  }
  const area = height * width;
  const pixels = new Uint8Array(images.length * channels * area);
  images.forEach((image, i) => {
    if (!isImageData(image)) throw invalid(`${what}[${i}] is ${shown(image)}.`, FORMS);
    if (image.width !== width || image.height !== height || image.data.length !== 4 * area) {
      throw new StriateError(
        'invalid_shape',
        `${what}[${i}] is ${image.width} wide and ${image.height} high, but ${width} by ${height} is wanted.`,
        'Draw it into a canvas of that size first.',
      );
    }
    const target = pixels.subarray(i * channels * area, (i + 1) * channels * area);
    if (channels === 1) writeGrey(image.data, target);
    else writeColours(image.data, target, area);
  });
  return { pixels, count: images.length };
}

function writeGrey(rgba: Uint8ClampedArray | Uint8Array, target: Uint8Array): void {
  for (let i = 0; i < target.length; i++) {
    const [r = 0, g = 0, b = 0] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]];
    target[i] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
  }
}

function writeColours(rgba: Uint8ClampedArray | Uint8Array, target: Uint8Array, area: number): void {
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < area; i++) target[c * area + i] = rgba[4 * i + c] ?? 0;
  }
}

function enginePixels(data: Pixels): EnginePixels {
  if (data instanceof Uint8ClampedArray) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  return data;
}

function isPixels(value: unknown): value is Pixels {
  return value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof Float32Array;
}

function isBatch(value: unknown): value is ImageBatch {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

function isImageData(value: unknown): value is ImageDataLike {
  return typeof value === 'object' && value !== null && 'data' in value && 'width' in value && 'height' in value;
}
