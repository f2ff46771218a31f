// What training takes of a tab's memory: the whole WebAssembly memory, with the engine's constants, its stack, the images and
// whatever the heap wastes, held to a figure of its own and to what was announced.
import { expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';

const MB = 1e6;
const IMAGES = 64;

test.each([
  ['lenet', 8 * MB],
  ['cifar-small', 48 * MB],
  ['resnet20', 80 * MB],
] as const)(
  '%s trains with batches of 32 in a memory of at most %d bytes',
  async (name, most) => {
    const fresh = await loadStriate();
    using model = await fresh.createModel(name, { seed: 1 });
    const planned = await model.plannedMemory({ batchSize: 32, training: true });
    const shape = [IMAGES, ...model.inputShape] as const;
    const data = Uint8Array.from({ length: shape.reduce((all, side) => all * side, 1) }, (_, i) => (i * 37) % 251);
    using images = await fresh.datasets.fromPixels(
      { data, shape },
      Array.from({ length: IMAGES }, (_, i) => i % 10),
    );
    const before = fresh.info.memory.size;
    await model.fit(images, { epochs: 2, batchSize: 32, optimizer: { type: 'sgd', momentum: 0.9 } }).done;
    const { used, size } = fresh.info.memory;
    expect(size).toBeLessThanOrEqual(most);
    // Values, gradients and their copy are in the plan; momentum is as large as the values. Memory grows by a fifth at least.
    const announced = planned.total + planned.weights / 3;
    expect(size).toBeGreaterThan(announced);
    expect(size).toBeLessThanOrEqual(1.2 * (announced + before));
    expect(used).toBeLessThan(size - planned.plan);
    await fresh.close();
  },
  60_000,
);
