/** Images of a set onto a canvas: grey ones in the colours of activations, as everywhere in the lab; colour ones as they are. */
import { colourMap, type Theme } from './colour_maps.js';
import { paintColour, paintSequential, type Surface } from './paint.js';

/** `pixels` holds images of [channels, height, width] bytes; paints the one that begins at `offset`. */
export function paintImage(to: Surface, pixels: ArrayLike<number>, offset: number, channels: number, theme: Theme) {
  if (channels === 3) paintColour(to, pixels, offset);
  else paintSequential(to, pixels, offset, 255, colourMap('activation', theme));
}
