/**
 * Pen strokes: their form, and how they are inked.
 *
 * A stroke is a list of points x0, y0, x1, y1, … in units of the pad's side (0…1). Inking is the same for the eye and
 * for the network: round pen, width {@link PEN} of the side, curves through the middles of the points.
 */
import type { Ink } from './digit_form.js';

export type Stroke = number[];

/** Width of the pen as a share of the pad's side: a digit two thirds of the pad high gets MNIST's weight of line. */
export const PEN = 0.075;
/** Side of the raster that the network's picture is made from, in pixels. */
const RASTER = 168;

/** Inks strokes on a context whose pad has `side` pixels, from `firstPoint` of the last stroke on when given. */
export function inkStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[], side: number) {
  context.lineWidth = PEN * side;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const stroke of strokes) inkStroke(context, stroke, side);
}

function inkStroke(context: CanvasRenderingContext2D, points: Stroke, side: number) {
  const at = (k: number) => points[k]! * side;
  const last = points.length - 2;
  if (last < 0) return;
  context.beginPath();
  context.moveTo(at(0), at(1));
  if (last === 0) context.lineTo(at(0), at(1) + 0.01); // a dot: a line of no length is not drawn everywhere
  for (let k = 2; k < last; k += 2) {
    context.quadraticCurveTo(at(k), at(k + 1), (at(k) + at(k + 2)) / 2, (at(k + 1) + at(k + 3)) / 2);
  }
  if (last > 0) context.lineTo(at(last), at(last + 1));
  context.stroke();
}

/** Turns strokes into ink for `digitForm`. Keeps its canvas. */
export class Rasteriser {
  readonly #context: CanvasRenderingContext2D;
  readonly #ink = new Uint8Array(RASTER * RASTER);

  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = RASTER;
    this.#context = canvas.getContext('2d', { willReadFrequently: true })!;
  }

  raster(strokes: readonly Stroke[]): Ink {
    this.#context.clearRect(0, 0, RASTER, RASTER);
    inkStrokes(this.#context, strokes, RASTER);
    const rgba = this.#context.getImageData(0, 0, RASTER, RASTER).data;
    for (let k = 0; k < this.#ink.length; k++) this.#ink[k] = rgba[4 * k + 3]!;
    return { data: this.#ink, width: RASTER, height: RASTER };
  }
}

/** The 3 that is on the pad when the page opens. */
export const FIRST_STROKES: readonly Stroke[] = [
  [
    0.31, 0.29, 0.34, 0.25, 0.39, 0.215, 0.45, 0.195, 0.51, 0.19, 0.57, 0.2, 0.62, 0.23, 0.65, 0.275, 0.655, 0.325,
    0.635, 0.375, 0.595, 0.42, 0.545, 0.455, 0.49, 0.478, 0.455, 0.487, 0.5, 0.488, 0.56, 0.5, 0.615, 0.525, 0.66,
    0.565, 0.685, 0.615, 0.685, 0.67, 0.66, 0.725, 0.615, 0.77, 0.555, 0.8, 0.49, 0.812, 0.42, 0.808, 0.355, 0.785,
    0.305, 0.745,
  ],
];
