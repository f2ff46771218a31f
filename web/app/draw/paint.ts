/**
 * Numbers onto a canvas, one number a canvas pixel; CSS makes the pixels large (`image-rendering: pixelated`).
 *
 * The ImageData of a canvas is made once and written again for each frame.
 */
import type { ColourMap } from './colour_maps.js';

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly image: ImageData;
  readonly pixels: Uint32Array;
}

/** Makes a canvas `width`×`height` pixels large and ready for `paint…`. */
export function surface(canvas: HTMLCanvasElement, width: number, height: number): Surface {
  canvas.width = width;
  canvas.height = height;
  // Read by nobody, written often: a CPU canvas spares the upload path of an accelerated one.
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const image = context.createImageData(width, height);
  return { context, image, pixels: new Uint32Array(image.data.buffer) };
}

/** Paints values 0…`max`; what is outside is clamped. `max` ≤ 0 paints everything as zero. */
export function paintSequential(to: Surface, values: ArrayLike<number>, offset: number, max: number, map: ColourMap) {
  const scale = max > 0 ? 255 / max : 0;
  const { pixels } = to;
  for (let k = 0; k < pixels.length; k++) {
    const level = values[offset + k]! * scale;
    pixels[k] = map[level > 0 ? (level < 255 ? (level + 0.5) | 0 : 255) : 0]!;
  }
  to.context.putImageData(to.image, 0, 0);
}

/** Paints values −`limit`…`limit`, zero in the middle. */
export function paintDiverging(to: Surface, values: ArrayLike<number>, offset: number, limit: number, map: ColourMap) {
  const scale = limit > 0 ? 127.5 / limit : 0;
  const { pixels } = to;
  for (let k = 0; k < pixels.length; k++) {
    const level = 127.5 + values[offset + k]! * scale;
    pixels[k] = map[level > 0 ? (level < 255 ? (level + 0.5) | 0 : 255) : 0]!;
  }
  to.context.putImageData(to.image, 0, 0);
}

/** Paints red, green and blue planes of bytes, one behind the other. */
export function paintColour(to: Surface, planes: ArrayLike<number>, offset: number) {
  const { pixels } = to;
  const bytes = to.image.data;
  const plane = pixels.length;
  for (let k = 0; k < plane; k++) {
    for (let c = 0; c < 3; c++) bytes[4 * k + c] = planes[offset + c * plane + k]!;
    bytes[4 * k + 3] = 255;
  }
  to.context.putImageData(to.image, 0, 0);
}

/** Largest value; 0 for none. */
export function largest(values: ArrayLike<number>): number {
  let max = 0;
  for (let k = 0; k < values.length; k++) if (values[k]! > max) max = values[k]!;
  return max;
}

/** Largest distance from zero. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let max = 0;
  for (let k = 0; k < values.length; k++) {
    const size = Math.abs(values[k]!);
    if (size > max) max = size;
  }
  return max;
}
