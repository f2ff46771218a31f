// The self-test's constants, against a plain loop in double precision over the engine's own weights.
import { expect, test } from 'vitest';
import { CheckedSession } from '../../web/worker/checked_session.js';
import { openEngine } from './real_engine.js';
import { selfTest, selfTestImage, selfTestProbabilities } from '../../web/worker/self_test.js';

/** conv 3×3 pad 1 (3 channels) · relu · maxPool 2 · linear 4 · softmax of an 8×8 image. */
function plainLoop(image: Uint8Array, weights: Map<string, Float32Array>): number[] {
  const at = (name: string, i: number) => weights.get(name)?.[i] ?? NaN;
  const pixel = (y: number, x: number) => (y < 0 || y > 7 || x < 0 || x > 7 ? 0 : (image[8 * y + x] ?? NaN) / 255);
  const conv = (o: number, y: number, x: number) => {
    let sum = at('conv1.bias', o);
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) sum += at('conv1.weight', 9 * o + 3 * i + j) * pixel(y + i - 1, x + j - 1);
    }
    return Math.max(0, sum);
  };
  const pooled: number[] = [];
  for (let o = 0; o < 3; o++) {
    for (let y = 0; y < 8; y += 2) {
      for (let x = 0; x < 8; x += 2) {
        pooled.push(Math.max(conv(o, y, x), conv(o, y, x + 1), conv(o, y + 1, x), conv(o, y + 1, x + 1)));
      }
    }
  }
  const logits = [0, 1, 2, 3].map((o) =>
    pooled.reduce((sum, value, i) => sum + value * at('fc1.weight', 48 * o + i), at('fc1.bias', o)),
  );
  const exponentials = logits.map(Math.exp);
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  return exponentials.map((value) => value / total);
}

test('the constants are right, and the engine gives them', async () => {
  const session = new CheckedSession(await openEngine());
  expect(() => selfTest(session)).not.toThrow();
  const found = selfTestProbabilities(session);
  const { model } = session.createModel(
    {
      input: { channels: 1, height: 8, width: 8 },
      layers: [
        { type: 'conv2d', outChannels: 3, kernelSize: 3, padding: 1 },
        { type: 'relu' },
        { type: 'maxPool2d', kernelSize: 2 },
        { type: 'flatten' },
        { type: 'linear', outFeatures: 4 },
      ],
    },
    7,
  );
  const { floats, blocks } = session.parameters(model, null);
  const weights = new Map(blocks.map(({ name, offset, length }) => [name, floats.subarray(offset, offset + length)]));
  plainLoop(selfTestImage(), weights).forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
  session.close();
});

test('other numbers are refused', async () => {
  const session = new CheckedSession(await openEngine());
  expect(() => selfTest(session, [0.25, 0.25, 0.25, 0.25])).toThrow(
    expect.objectContaining({ code: 'self_test_failed' }) as Error,
  );
  session.close();
});
