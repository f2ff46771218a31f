/**
 * The form MNIST gives its digits: from any drawing to what the network sees.
 *
 * In: ink, one byte a pixel (0 = paper, 255 = full ink), row-major, any size. Out: 28×28 bytes.
 * How (LeCun, Cortes, Burges, "The MNIST database"): the bounding box of the ink is fitted into 20×20 keeping its
 * ratio, by area averaging (which is where the grey edges come from), and placed in 28×28 so that its centre of mass
 * lies on the centre. In MNIST's own files that centre is the middle of pixel (14, 14): the mean over the training
 * images is 14.5 in both directions when a pixel k covers [k, k+1].
 * Ensures: an empty drawing gives zeros and no box; ink never leaves the 28×28 field (a very lopsided drawing is moved
 * back inside, off its centre of mass).
 * Numerics: float64 sums, rounded once at the end.
 */

/** One byte of ink a pixel, row-major. */
export interface Ink {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const FIELD = 28;
const FITTED = 20;
const CENTRE = 14.5;
/** Fainter ink than this does not stretch the bounding box: antialiasing leaves such traces. */
const VISIBLE = 16;

/** The smallest box around all visible ink; null when there is none. */
export function inkBox({ data, width, height }: Ink): Box | null {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      if (data[k]! < VISIBLE) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Ink in MNIST's form: 28×28 bytes. */
export function digitForm(ink: Ink): Uint8Array {
  const out = new Uint8Array(FIELD * FIELD);
  const box = inkBox(ink);
  if (!box) return out;

  const scale = Math.max(box.width, box.height) / FITTED; // ink pixels a field pixel
  const mass = centreOfMass(ink, box);
  const x0 = fieldStart(box.x, box.width, mass.x, scale);
  const y0 = fieldStart(box.y, box.height, mass.y, scale);
  const columns = overlaps(x0, scale, box.x, box.x + box.width);
  const rows = overlaps(y0, scale, box.y, box.y + box.height);

  // Area averaging is separable: first each ink row into 28 columns, then those into 28 rows.
  const squeezed = new Float64Array(box.height * FIELD);
  for (let y = 0; y < box.height; y++) {
    const line = (box.y + y) * ink.width;
    for (const { field, source, share } of columns) {
      squeezed[y * FIELD + field]! += share * ink.data[line + source]!;
    }
  }
  const sums = new Float64Array(FIELD * FIELD);
  for (const { field, source, share } of rows) {
    const from = (source - box.y) * FIELD;
    for (let x = 0; x < FIELD; x++) sums[field * FIELD + x]! += share * squeezed[from + x]!;
  }
  for (let k = 0; k < sums.length; k++) out[k] = Math.round(sums[k]!);
  return out;
}

function centreOfMass({ data, width }: Ink, box: Box): { x: number; y: number } {
  let total = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x; x < box.x + box.width; x++) {
      const mass = data[y * width + x]!;
      total += mass;
      sumX += mass * (x + 0.5);
      sumY += mass * (y + 0.5);
    }
  }
  return { x: sumX / total, y: sumY / total };
}

/** Where the field's edge lies in ink pixels, so that `mass` falls on its centre and the box stays inside. */
function fieldStart(start: number, length: number, mass: number, scale: number): number {
  const wanted = mass - CENTRE * scale;
  return Math.min(Math.max(wanted, start + length - FIELD * scale), start);
}

interface Overlap {
  readonly field: number;
  readonly source: number;
  /** Which part of field pixel `field` is covered by ink pixel `source`; 0…1. */
  readonly share: number;
}

function overlaps(start: number, scale: number, from: number, to: number): Overlap[] {
  const list: Overlap[] = [];
  for (let field = 0; field < FIELD; field++) {
    const left = start + field * scale;
    const right = left + scale;
    const first = Math.max(from, Math.floor(left));
    const last = Math.min(to, Math.ceil(right));
    for (let source = first; source < last; source++) {
      const length = Math.min(right, source + 1) - Math.max(left, source);
      if (length > 0) list.push({ field, source, share: length / scale });
    }
  }
  return list;
}
