/**
 * Computes something with a freshly loaded engine and compares it with constants.
 *
 * A convolution, ReLU, pooling and a linear layer with weights from a fixed seed, on a fixed image: wrong code from a
 * broken compiler, a damaged download or an emulator that gets SIMD wrong shows here, before anyone trusts a number.
 * The image is there so many times that its layers are cut into pieces where the engine has threads.
 */
import type { CheckedSession } from './checked_session.js';
import { StriateError } from './errors.js';
import type { NetworkSpec } from './values.js';

const NETWORK: NetworkSpec = {
  input: { channels: 1, height: 8, width: 8 },
  layers: [
    { type: 'conv2d', outChannels: 3, kernelSize: 3, padding: 1 },
    { type: 'relu' },
    { type: 'maxPool2d', kernelSize: 2 },
    { type: 'flatten' },
    { type: 'linear', outFeatures: 4 },
  ],
};
const SEED = 7;
/** What the engine gives, checked against a plain double-precision loop; tests/web/self_test.test.ts says both. */
const EXPECTED: readonly number[] = [0.3371842, 0.2341801, 0.21577, 0.2128657];
const TOLERANCE = 1e-5;
/** Several batches, so that threads that slept take part. */
const IMAGES = 1024;

/** Pixel i of the image: a fixed pattern with every fourth pixel dark. */
export function selfTestImage(): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, i) => (i % 4 === 0 ? 0 : (i * 37) % 256));
}

/** What the engine says about that image, each time: class probabilities. */
export function selfTestProbabilities(session: CheckedSession): Float32Array {
  const { model } = session.createModel(NETWORK, SEED);
  const image = selfTestImage();
  const images = new Uint8Array(IMAGES * image.length);
  for (let i = 0; i < IMAGES; i++) images.set(image, i * image.length);
  const probabilities = session.predict(model, images, IMAGES);
  session.disposeModel(model);
  return probabilities;
}

/** @throws `self_test_failed` */
export function selfTest(session: CheckedSession, expected: readonly number[] = EXPECTED): void {
  const found = selfTestProbabilities(session);
  const wrong = found.findIndex((value, i) => !(Math.abs(value - (expected[i % expected.length] ?? NaN)) <= TOLERANCE));
  if (wrong < 0 && found.length === IMAGES * expected.length) return;
  const first = wrong - (wrong % expected.length);
  const some = Array.from(found.subarray(first, first + expected.length));
  throw new StriateError(
    'self_test_failed',
    `The engine computed [${some.join(', ')}] where [${expected.join(', ')}] is right.`,
    'Reload; if it stays, this browser or machine runs WebAssembly SIMD wrongly: try another browser.',
  );
}
