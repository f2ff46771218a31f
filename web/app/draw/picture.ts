/**
 * An image of a data set onto a canvas: one channel through a colour map, three as red, green and blue.
 *
 * Pixels are [C, H, W], bytes 0…255 or floats; floats are shown from zero to their largest. The canvas takes the image's
 * size and CSS makes its pixels large.
 */
import type { ColourMap } from './colour_maps.js';
import { largest, paintSequential, surface, type Surface } from './paint.js';

export interface Picture {
  readonly data: ArrayLike<number>;
  readonly shape: readonly [channels: number, height: number, width: number];
}

const surfaces = new WeakMap<HTMLCanvasElement, Surface>();

export function paintPicture(canvas: HTMLCanvasElement, { data, shape }: Picture, map: ColourMap): void {
  const [channels, height, width] = shape;
  let to = surfaces.get(canvas);
  if (!to || canvas.width !== width || canvas.height !== height) {
    surfaces.set(canvas, (to = surface(canvas, width, height)));
  }
  const most = data instanceof Uint8Array ? 255 : largest(data);
  if (channels === 3) paintColours(to, data, most);
  else paintSequential(to, data, 0, most, map);
}

function paintColours(to: Surface, data: ArrayLike<number>, most: number): void {
  const bytes = to.image.data; // clamps and rounds
  const count = bytes.length / 4;
  const scale = most > 0 ? 255 / most : 0;
  for (let k = 0; k < count; k++) {
    for (let c = 0; c < 3; c++) bytes[4 * k + c] = data[c * count + k]! * scale;
    bytes[4 * k + 3] = 255;
  }
  to.context.putImageData(to.image, 0, 0);
}
