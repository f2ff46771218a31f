/** How images come to the library. */
import type { BatchShape } from '../worker/values.js';

/** Pixels: bytes 0…255, or floats (0…1 by custom), row-major. */
export type Pixels = Uint8Array | Uint8ClampedArray | Float32Array;

/** A batch in NCHW with its shape. */
export interface ImageBatch {
  readonly data: Pixels;
  readonly shape: BatchShape;
}

/** What a canvas gives (`getImageData`): RGBA bytes. Structural, so that it works where there is no DOM. */
export interface ImageDataLike {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}
