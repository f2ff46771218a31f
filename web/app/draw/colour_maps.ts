/**
 * The two colour maps of the lab, as tables of 256 canvas pixels.
 *
 * `activation` is sequential: the paper where there is nothing, ink where there is most, so a map reads like a print.
 * `weight` is diverging: neutral at zero, blue for positive, red for negative (told apart by colour-blind eyes, and
 * both go equally far from the paper).
 * Both are straight lines in OKLab between a few stops, so equal steps of a value look like equal steps of tone.
 * Each theme has its own: on a dark page the ink is light.
 * Source: Björn Ottosson, "A perceptual color space for image processing" (OKLab).
 */
export type Theme = 'light' | 'dark';
/** 256 pixels as a canvas stores them: R, G, B, A in memory order. */
export type ColourMap = Uint32Array;

/** OKLCH: lightness 0…1, chroma, hue in degrees. */
type Stop = readonly [lightness: number, chroma: number, hue: number];

const STOPS: Record<Theme, { activation: readonly Stop[]; weight: readonly Stop[] }> = {
  light: {
    activation: [
      [0.965, 0.006, 95],
      [0.72, 0.085, 235],
      [0.48, 0.16, 264],
      [0.23, 0.085, 272],
    ],
    weight: [
      [0.42, 0.155, 30],
      [0.68, 0.115, 38],
      [0.955, 0.006, 95],
      [0.68, 0.1, 250],
      [0.42, 0.17, 264],
    ],
  },
  dark: {
    activation: [
      [0.215, 0.008, 270],
      [0.45, 0.115, 268],
      [0.7, 0.11, 245],
      [0.965, 0.025, 110],
    ],
    weight: [
      [0.84, 0.1, 48],
      [0.58, 0.125, 36],
      [0.265, 0.006, 270],
      [0.56, 0.13, 260],
      [0.84, 0.08, 240],
    ],
  },
};

const cache = new Map<string, ColourMap>();

/** The table for a kind of data and a theme; made once. */
export function colourMap(kind: 'activation' | 'weight', theme: Theme): ColourMap {
  const key = `${kind} ${theme}`;
  let map = cache.get(key);
  if (!map) cache.set(key, (map = build(STOPS[theme][kind])));
  return map;
}

function build(stops: readonly Stop[]): ColourMap {
  const bytes = new Uint8ClampedArray(256 * 4);
  const points = stops.map(toOklab);
  for (let k = 0; k < 256; k++) {
    const position = (k / 255) * (points.length - 1);
    const index = Math.min(Math.floor(position), points.length - 2);
    const t = position - index;
    const [from, to] = [points[index]!, points[index + 1]!];
    const [r, g, b] = toSrgb(from.map((value, axis) => value + (to[axis]! - value) * t));
    bytes.set([r, g, b, 255], k * 4);
  }
  return new Uint32Array(bytes.buffer);
}

function toOklab([lightness, chroma, hue]: Stop): number[] {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function toSrgb([L, a, b]: number[]): [number, number, number] {
  const l = (L! + 0.3963377774 * a! + 0.2158037573 * b!) ** 3;
  const m = (L! - 0.1055613458 * a! - 0.0638541728 * b!) ** 3;
  const s = (L! - 0.0894841775 * a! - 1.291485548 * b!) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function gamma(linear: number): number {
  const x = Math.min(Math.max(linear, 0), 1);
  return 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);
}
