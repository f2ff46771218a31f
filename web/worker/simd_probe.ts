/**
 * Can this machine run the engine at all, and which of its modules? Asked before anything is fetched.
 *
 * A probe is the smallest module that uses an instruction. For SIMD, one of the final encoding that early drafts lacked:
 *
 *   (module (func (result v128) i32.const 0 i8x16.splat i8x16.popcnt))
 */
import { StriateError } from './errors.js';

// prettier-ignore
const SIMD_MODULE = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,  // magic, version 1
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b,        // types: () -> v128
  0x03, 0x02, 0x01, 0x00,                          // functions: one of type 0
  0x0a, 0x0a, 0x01, 0x08, 0x00,                    // code: one body of 8 bytes, no locals
  0x41, 0x00,                                      // i32.const 0
  0xfd, 0x0f,                                      // i8x16.splat
  0xfd, 0x62,                                      // i8x16.popcnt
  0x0b,                                            // end
];

// (module (func (result v128) i32.const 0 i8x16.splat … three times … f32x4.relaxed_madd))
// prettier-ignore
const RELAXED_MODULE = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b,
  0x03, 0x02, 0x01, 0x00,
  0x0a, 0x13, 0x01, 0x11, 0x00,
  0x41, 0x00, 0xfd, 0x0f,
  0x41, 0x00, 0xfd, 0x0f,
  0x41, 0x00, 0xfd, 0x0f,
  0xfd, 0x85, 0x02,                                // f32x4.relaxed_madd
  0x0b,
];

/** Whether multiply-add may be one instruction here. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(new Uint8Array(RELAXED_MODULE));
}

/** @throws `no_webassembly`, `no_simd` */
export function checkMachine(): void {
  if (typeof WebAssembly !== 'object' || typeof WebAssembly.validate !== 'function') {
    throw new StriateError(
      'no_webassembly',
      'This browser has no WebAssembly.',
      'Use a current Chromium, Firefox or Safari; lockdown modes switch WebAssembly off.',
    );
  }
  if (!WebAssembly.validate(new Uint8Array(SIMD_MODULE))) {
    throw new StriateError(
      'no_simd',
      'WebAssembly works here, but has no 128-bit SIMD, which the engine needs.',
      'Use Chromium 91, Firefox 89, Safari 16.4, Node 16.4 or newer, on a processor with SSE4.1 or NEON.',
    );
  }
}
