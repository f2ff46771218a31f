/**
 * Computes something with a freshly loaded engine and compares it with constants.
 *
 * A convolution, ReLU, pooling and a linear layer with weights from a fixed seed, on a fixed image: wrong code from a
 * broken compiler, a damaged download or an emulator that gets SIMD wrong shows here, before anyone trusts a number.
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

/** Pixel i of the image: a fixed pattern with every fourth pixel dark. */
export function selfTestImage(): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, i) => (i % 4 === 0 ? 0 : (i * 37) % 256));
}

/** What the engine says about that image: class probabilities. */
export function selfTestProbabilities(session: CheckedSession): Float32Array {
  const { model } = session.createModel(NETWORK, SEED);
  const probabilities = session.predict(model, selfTestImage(), 1);
  session.disposeModel(model);
  return probabilities;
}

/** @throws `self_test_failed` */
export function selfTest(session: CheckedSession, expected: readonly number[] = EXPECTED): void {
  const found = selfTestProbabilities(session);
  const equal = expected.every((value, i) => Math.abs((found[i] ?? NaN) - value) <= TOLERANCE);
  if (equal && found.length === expected.length) return;
  throw new StriateError(
    'self_test_failed',
    `The engine computed [${Array.from(found).join(', ')}] where [${expected.join(', ')}] is right.`,
    'Reload; if it stays, this browser or machine runs WebAssembly SIMD wrongly: try another browser.',
  );
}
