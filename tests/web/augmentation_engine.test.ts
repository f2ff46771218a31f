// Augmentation over the real engine in Node: policies by themselves, in trainings, in grown datasets, and views at test time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadStriate } from '../../web/lib/index.js';
import type { Dataset, Striate } from '../../web/lib/index.js';
import { SMALL, halves, halvesDataset } from './small_network.js';

let striate: Striate;
let dataset: Dataset;
beforeAll(async () => {
  striate = await loadStriate();
  dataset = await halvesDataset(striate);
});
afterAll(() => striate?.close());

const POLICY = [
  { type: 'Affine', translate_percent: [-0.1, 0.1], rotate: [-10, 10], p: 0.8 },
  { type: 'GaussNoise', p: 0.5 },
];
const batch = () => ({ data: halves(6).data, shape: [6, 1, 6, 6] as const });

test('a policy changes images, tells what it did, and does it again', async () => {
  using policy = await striate.augmentation(POLICY);
  expect(policy).toMatchObject({ mixes: false, floats: false });
  const { images, log, mixes } = await policy.apply(batch(), { seed: 3 });
  expect(images.shape).toEqual([6, 1, 6, 6]);
  expect(images.data).not.toEqual(batch().data);
  expect(mixes).toBeUndefined();
  expect(log).toHaveLength(6);
  expect(log.flat().map(({ transform }) => transform)).toContain('Affine');
  expect((await policy.apply(batch(), { seed: 3 })).images.data).toEqual(images.data);
  expect((await policy.apply(batch(), { seed: 3, epoch: 1 })).images.data).not.toEqual(images.data);
  expect((await policy.apply(batch(), { seed: 9, replay: log })).images.data).toEqual(images.data);

  // The same policy from what it says of itself, as a value and as text; one image under the draws of several.
  for (const again of [policy.toJSON(), JSON.stringify(policy)]) {
    using same = await striate.augmentation(again);
    expect(same.toJSON()).toEqual(policy.toJSON());
    const fourth = { data: batch().data.slice(108, 144), shape: [1, 1, 6, 6] as const };
    const draws = await same.apply(fourth, { seed: 3, samples: [8, 3] });
    expect(draws.images.shape).toEqual([2, 1, 6, 6]);
    expect(draws.images.data.slice(36)).toEqual(images.data.slice(108, 144));
  }
});

test('colour comes from ImageData; sizes may differ; mixes and floats are told', async () => {
  const image = { width: 5, height: 4, data: Uint8Array.from({ length: 80 }, (_, i) => (i * 37) % 256) };
  using turning = await striate.augmentation([{ type: 'Transpose', p: 0.5 }]);
  const { images } = await turning.apply(Array.from({ length: 20 }, () => image));
  expect(new Set(images.shapes.map(String))).toEqual(new Set(['3,4,5', '3,5,4']));
  expect(images.shape).toBeNull();
  expect(images.data).toHaveLength(20 * 60);
  using mixing = await striate.augmentation([{ type: 'CutMix', p: 1 }, { type: 'ToFloat' }]);
  expect(mixing).toMatchObject({ mixes: true, floats: true });
  const mixed = await mixing.apply([image, image], { channels: 1 });
  expect(mixed.images.data).toBeInstanceOf(Float32Array);
  expect(mixed.mixes?.[0]?.weight).toBeLessThanOrEqual(1);
});

test('wrong policies name the transform, the option and what is allowed', async () => {
  const refused = async (policy: unknown) =>
    striate.augmentation(policy as never).then(
      () => expect.unreachable('it was taken'),
      (error: unknown) => error,
    );
  expect(await refused([{ type: 'Rotate', limit: 'far' }])).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining("Rotate: 'limit'") as string,
  });
  expect(await refused([{ type: 'Spin' }])).toMatchObject({ code: 'invalid_argument' });
  expect(await refused('[{')).toMatchObject({ code: 'invalid_json' });
  expect(await refused(7)).toMatchObject({ message: 'The policy is 7.' });
  expect(await refused({ limit: 3n })).toMatchObject({ message: 'The policy is not plain JSON.' });
  const policy = await striate.augmentation(POLICY);
  await expect(policy.apply({ data: new Float32Array(36), shape: [1, 1, 6, 6] })).rejects.toThrow('floats');
  await expect(policy.apply(batch(), { samples: [1, 2] })).rejects.toThrow('2 samples for 6 images');
  await expect(policy.apply(batch(), { replay: [1] as never })).rejects.toThrow('replay is [1].');
  policy.dispose();
  policy.dispose();
  await expect(policy.apply(batch())).rejects.toMatchObject({ code: 'disposed' });
});

test('transforms tell their options, with defaults that a policy takes', async () => {
  const transforms = await striate.transforms();
  expect(transforms.length).toBeGreaterThan(90);
  const rotate = transforms.find(({ name }) => name === 'Rotate');
  expect(rotate?.options.find(({ name }) => name === 'limit')).toMatchObject({ kind: 'range', default: [-90, 90] });
  const refused: string[] = [];
  for (const { name, doc, family, options } of transforms) {
    expect(
      [doc, family].every((text) => text.length > 0),
      name,
    ).toBe(true);
    const given = options.filter((option) => option.default !== null && !option.required);
    if (options.some(({ required }) => required)) continue;
    const node = Object.fromEntries(given.map((option) => [option.name, option.default]));
    await striate.augmentation([{ type: name, ...node }]).catch(() => refused.push(name));
  }
  // They need one of two options that have no defaults.
  expect(refused).toEqual(['CropAndPad', 'LongestMaxSize', 'SmallestMaxSize']);
});

test('training sees changed images: a handle and its JSON alike, resumed bit by bit, validation untouched', async () => {
  using policy = await striate.augmentation(POLICY);
  const weights = async (augmentation: typeof policy | typeof POLICY | undefined, cut?: number) => {
    const options = { epochs: 6, batchSize: 8, seed: 2, ...(augmentation && { augmentation }) };
    let model = await striate.createModel(SMALL, { seed: 1 });
    if (cut) {
      const run = model.fit(dataset, options);
      for await (const { step } of run) if (step >= cut) break;
      const bytes = await model.save({ optimizer: true });
      model.dispose();
      model = await striate.loadModel(bytes);
      await model.fit(dataset, { epochs: 6, resume: true }).done;
    } else {
      await model.fit(dataset, options).done;
    }
    const values = (await model.parameters()).flatMap(({ data }) => [...data]);
    model.dispose();
    return values;
  };
  const straight = await weights(policy);
  expect(await weights(POLICY)).toEqual(straight);
  expect(await weights(policy, 5)).toEqual(straight);
  expect(await weights(undefined)).not.toEqual(straight);

  using model = await striate.createModel(SMALL, { seed: 1 });
  const blind = [
    { type: 'CoarseDropout', num_holes_range: [1, 1], hole_height_range: [6, 6], hole_width_range: [6, 6], p: 1 },
  ];
  const run = model.fit(dataset, {
    epochs: 1,
    optimizer: { type: 'sgd', learningRate: 1e-9 },
    augmentation: blind,
    validation: dataset,
  });
  let told: number | undefined;
  for await (const report of run) told = report.validation?.loss ?? told;
  expect(told).toBeCloseTo((await model.evaluate(dataset)).loss, 6);

  await expect(
    model.fit(dataset, { epochs: 1, augmentation: [{ type: 'Resize', height: 3, width: 3, p: 1 }] }).done,
  ).rejects.toThrow('1×3×3 of the dataset');
  await model.findLearningRate(dataset, { steps: 10, augmentation: policy });
});

test('a training shows the batch of its last step as the network got it', async () => {
  using policy = await striate.augmentation(POLICY);
  for (const augmentation of [policy, undefined]) {
    using model = await striate.createModel(SMALL, { seed: 1 });
    const run = model.fit(dataset, { epochs: 100_000, batchSize: 8, seed: 6, ...(augmentation && { augmentation }) });
    const seen = new Set<string>();
    for await (const { step } of run) {
      await run.pause();
      const batch = await run.batch();
      if (!batch) expect.unreachable('it trains');
      expect(batch.step).toBeGreaterThanOrEqual(step);
      expect(batch.epoch).toBe(Math.floor((batch.step - 1) / 8)); // 60 images in batches of 8
      expect(batch.shape).toEqual([batch.step % 8 === 0 ? 4 : 8, 1, 6, 6]);
      expect(await run.batch()).toEqual(batch);
      const originals = await dataset.images(batch.indices);
      expect(batch.labels).toEqual(originals.labels);
      const images = { data: originals.data, shape: originals.shape };
      const again = await policy.apply(images, { seed: 6, epoch: batch.epoch, samples: batch.indices });
      expect(batch.data).toEqual(augmentation ? again.images.data : originals.data);
      // Making room for another batch size takes the old one away.
      await run.configure({ batchSize: 9 });
      expect(await run.batch()).toBeNull();
      await run.configure({ batchSize: 8 });
      seen.add(String(batch.indices));
      await run.resume();
      if (seen.size === 3) break;
    }
    expect(seen.size).toBe(3);
    expect(await run.batch()).toBeNull();
  }
});

test('a dataset grows; what it holds is what training would see', async () => {
  using grown = await dataset.augment(POLICY, { times: 2, seed: 5 });
  expect(grown).toMatchObject({ count: 180, shape: [1, 6, 6], classes: 2 });
  const { data, labels } = await grown.images([7, 60 + 7, 120 + 7]);
  const original = await dataset.images([7]);
  expect(data.slice(0, 36)).toEqual(original.data);
  expect(labels).toEqual([1, 1, 1]);
  using policy = await striate.augmentation(POLICY);
  for (const epoch of [0, 1]) {
    const image = { data: original.data, shape: original.shape };
    const { images } = await policy.apply(image, { seed: 5, epoch, samples: [7] });
    expect(data.slice(36 * (1 + epoch), 36 * (2 + epoch))).toEqual(images.data);
  }
  await expect(dataset.augment([{ type: 'MixUp' }])).rejects.toThrow('mixed labels');
});

test('views at test time: merged predictions, the views themselves, and evaluation', async () => {
  using model = await striate.createModel(SMALL, { seed: 4 });
  await model.fit(dataset, { epochs: 4, batchSize: 8 }).done;
  const images = batch();
  const { probabilities, views } = await model.predict(images, { tta: { set: 'flipsAndShifts' }, perView: true });
  expect(views?.count).toBe(10);
  expect(views?.images.shape).toEqual([60, 1, 6, 6]);
  expect(views?.info[6]).toEqual({ x: 0, y: 1, mirrored: true });
  const shown = await model.predict({ data: views?.images.data as Uint8Array, shape: [60, 1, 6, 6] });
  expect([...shown.probabilities].map((p) => p.toFixed(5))).toEqual(
    [...(views?.probabilities ?? [])].map((p) => p.toFixed(5)),
  );
  for (let i = 0; i < 6; i++) {
    const mean = [0, 1].map((c) => {
      let sum = 0;
      for (let v = 0; v < 10; v++) sum += views?.probabilities[(i * 10 + v) * 2 + c] ?? NaN;
      return sum / 10;
    });
    expect(probabilities[2 * i]).toBeCloseTo(mean[0] ?? NaN, 5);
    expect(probabilities[2 * i + 1]).toBeCloseTo(mean[1] ?? NaN, 5);
  }
  using policy = await striate.augmentation(POLICY);
  const drawn = await model.predict(images, {
    tta: { policy, views: 3, includeOriginal: false, merge: 'vote' },
    perView: true,
  });
  expect(drawn.views?.info[0]).toHaveProperty('log');
  const floats = { data: Float32Array.from(images.data, (byte) => byte / 255), shape: images.shape };
  const ofFloats = await model.predict(floats, { tta: { set: 'flips' }, perView: true });
  expect(ofFloats.views?.images.data).toBeInstanceOf(Float32Array);
  expect(ofFloats.probabilities).toEqual((await model.predict(images, { tta: { set: 'flips' } })).probabilities);
  const large = { data: new Uint8Array(64).fill(90), shape: [1, 1, 8, 8] as const };
  expect((await model.predict(large, { tta: { set: 'tenCrop' } })).probabilities).toHaveLength(2);
  // A mirrored half is the other half: the flips of all of them agree on nothing.
  const result = await model.evaluate(dataset, { tta: { set: 'flips', merge: 'geometricMean' } });
  expect(result.images).toBe(60);
  expect((await model.evaluate(dataset)).accuracy).toBe(1);
  await expect(model.predict(images, { perView: true })).rejects.toThrow('perView was given without tta.');
  await expect(model.predict(images, { tta: { set: 'flip' as never } })).rejects.toThrow("tta.set is 'flip'");
  await expect(model.evaluate(dataset, { tta: { sets: 'flips' } as never })).rejects.toThrow(
    'tta has no option "sets".',
  );
});
