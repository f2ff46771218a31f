// The zoo through the library: names, other classes and inputs, and large networks inside the memory they announce.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStriate, type Striate } from '../../web/lib/index.js';

let striate: Striate;
beforeAll(async () => {
  striate = await loadStriate();
});
afterAll(() => striate.close());

const fail = (name: string): never => {
  throw new Error(`no recipe for ${name}`);
};
const small = () => striate.networks.filter(({ inputShape: [, height] }) => height <= 32);

test('the zoo lists its networks', () => {
  expect(striate.zoo).toEqual(striate.networks.map(({ name }) => name));
  expect(striate.zoo).toEqual(expect.arrayContaining(['lenet5-1998', 'alexnet', 'vgg16', 'resnet20', 'mlp-lenet5']));
  for (const { description, classes, inputShape } of striate.networks) {
    expect(description).not.toBe('');
    expect(classes).toBeGreaterThanOrEqual(10);
    expect(inputShape).toHaveLength(3);
  }
});

test('a recipe is a set of options that fit takes', async () => {
  const withRecipe = small().filter(({ recipe }) => recipe);
  expect(withRecipe.map(({ name }) => name)).toEqual(expect.arrayContaining(['lenet5', 'lenet5-1998', 'resnet20']));
  for (const name of ['lenet5', 'lenet5-1998', 'resnet8']) {
    const { inputShape, recipe } = withRecipe.find((network) => network.name === name) ?? fail(name);
    const shape = [20, ...inputShape] as const;
    const data = Uint8Array.from({ length: shape.reduce((all, side) => all * side) }, (_, i) => (i * 37) % 251);
    using images = await striate.datasets.fromPixels(
      { data, shape },
      Array.from({ length: 20 }, (_, i) => i % 10),
    );
    using model = await striate.createModel(name, { seed: 1 });
    const outcome = await model.fit(images, { ...recipe, epochs: 2 }).done;
    expect(outcome).toMatchObject({ reason: 'finished', step: 2 });
  }
});

test('every small network makes a model, for three classes too', async () => {
  expect(small().length).toBeGreaterThan(20);
  for (const { name, inputShape, classes } of small()) {
    using usual = await striate.createModel(name, { seed: 1 });
    expect([usual.inputShape, usual.classes]).toEqual([inputShape, classes]);
    using other = await striate.createModel(name, { classes: 3, seed: 1 });
    expect(other.classes).toBe(3);
  }
});

test('the networks for a tab train on grey 28×28 and on colour 32×32', async () => {
  const names = [
    'lenet5',
    'lenet5-1998',
    'alexnet-mini',
    'vgg-mini',
    'cifar-small',
    'resnet8',
    'resnet14',
    'plain8',
    'plain14',
    'mlp-resnet8',
  ];
  for (const [channels, side] of [
    [1, 28],
    [3, 32],
  ] as const) {
    const count = 16;
    const data = Float32Array.from({ length: count * channels * side * side }, (_, i) => ((i * 7919) % 256) / 255);
    const labels = Array.from({ length: count }, (_, i) => i % 10);
    using dataset = await striate.datasets.fromPixels({ data, shape: [count, channels, side, side] }, labels);
    for (const name of names) {
      using model = await striate.createModel(name, { seed: 1, input: { channels, height: side, width: side } });
      const losses: number[] = [];
      // Distances to 84 numbers make large logits, and large gradients.
      const learningRate = name === 'lenet5-1998' ? 0.0001 : 0.005;
      const optimizer = { type: 'sgd', learningRate, momentum: 0.9 } as const;
      for await (const report of model.fit(dataset, { epochs: 6, batchSize: count, optimizer })) {
        losses.push(...report.losses);
      }
      expect(losses, name).toHaveLength(6);
      expect(losses.at(-1), name).toBeLessThan(losses[0]!);
    }
  }
});

test('options of createModel that cannot be', async () => {
  const refused = (network: never, options: object, message: RegExp) =>
    expect(striate.createModel(network, options)).rejects.toThrow(message);
  await refused('lenet' as never, { classes: 0 }, /classes is 0/);
  await refused('lenet' as never, { input: { channels: 1, height: 28 } }, /input\.width/);
  await refused('lenet' as never, { input: { channels: 1, height: 4, width: 4 } }, /conv2/);
  await refused(
    { input: { channels: 1, height: 1, width: 1 }, layers: [] } as never,
    { classes: 3 },
    /beside a network/,
  );
});

test.each(['alexnet', 'resnet18', 'resnet50'])(
  '%s predicts inside the memory that was announced',
  async (name) => {
    const fresh = await loadStriate();
    const before = fresh.info.memory.used;
    using model = await fresh.createModel(name, { seed: 1 });
    const planned = await model.plannedMemory();
    const [channels, height, width] = model.inputShape;
    const data = Float32Array.from({ length: channels * height * width }, (_, i) => ((i * 31) % 256) / 255);
    const { probabilities } = await model.predict({ data, shape: [1, channels, height, width] });
    expect(probabilities).toHaveLength(1000);
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    // Beside the plan stand the network's own description, the image and the answer.
    const aside = 4 * (data.length + 1000) + 2 ** 20;
    expect(fresh.info.memory.used - before).toBeLessThanOrEqual(planned.total + aside);
    expect(fresh.info.memory.used - before).toBeGreaterThan(planned.weights);
    await fresh.close();
  },
  60_000,
);

test('a plan that does not fit is refused with the numbers', async () => {
  using model = await striate.createModel('resnet20', { seed: 1 });
  await expect(model.plannedMemory({ batchSize: 65_536, training: true })).rejects.toMatchObject({
    code: 'out_of_memory',
    message: expect.stringMatching(/\d+ MiB/),
  });
  const { total } = await model.plannedMemory({ batchSize: 32, training: true });
  expect(total).toBeLessThan(200 * 2 ** 20);
});

test('a convolution unrolled: the matrix, and its product equal to the layer', async () => {
  using model = await striate.createModel('lenet', { seed: 1 });
  const image = { data: Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256), shape: [1, 1, 28, 28] as const };
  const conv2 = await model.im2col(image, { layer: 'conv2' });
  expect([conv2.filters, conv2.rows, conv2.columns]).toEqual([16, 6 * 25, 100]);
  const { layers } = await model.inspect(image, { layers: ['pool1', 'conv2'] });
  expect(conv2.output).toEqual(layers[1]!.data);
  // Row 0 is the window's first pixel in the first map.
  const pool = layers[0]!.data;
  expect([...conv2.matrix.subarray(0, 10)]).toEqual([...pool.subarray(0, 10)]);
  conv2.product.forEach((value, i) => expect(value).toBeCloseTo(conv2.output[i]!, 4));
  await expect(model.im2col(image, { layer: 'fc1' })).rejects.toMatchObject({ code: 'invalid_argument' });
});
