// Fine tuning over a fake engine: what the library checks and passes on, early stopping, recovery of frozen layers.
import { expect, test } from 'vitest';
import { checkSearch, checkTraining } from '../../web/lib/training_options.js';
import { fakesOfOneFile } from './fake_striate.js';

const start = fakesOfOneFile();

test('training options arrive whole, as copies, with the defaults', () => {
  expect(checkTraining({ epochs: 2 })).toEqual({
    epochs: 2,
    batchSize: 32,
    seed: 0,
    optimizer: { type: 'sgd', learningRate: 0.01, momentum: 0.9, weightDecay: 0 },
  });
  const full = {
    epochs: 3,
    batchSize: 8,
    seed: 4,
    optimizer: { type: 'adamw', learningRate: 0.01, beta1: 0.8, weightDecay: 0.1 },
    schedule: { type: 'cosineRestarts', steps: 10, growth: 2, unit: 'step' },
    loss: { type: 'focal', gamma: 1, classWeights: [1, 2] },
    clipNorm: 1,
    clipValue: 0.5,
    gradientNorm: true,
    sampling: 'balanced',
    dropLast: true,
    parameterGroups: [{ names: ['*.bias'], weightDecay: 0 }],
    averageWeights: { decay: 0.99, warmup: false },
  } as const;
  const checked = checkTraining(full);
  expect(checked).toEqual(full);
  expect((checked.loss as typeof full.loss).classWeights).not.toBe(full.loss.classWeights);
  expect(checkSearch({ steps: 50, start: 1e-3, loss: { type: 'meanSquared' } })).toMatchObject({
    batchSize: 32,
    steps: 50,
    start: 1e-3,
    loss: { type: 'meanSquared' },
  });
});

test.each([
  [{ optimizer: { type: 'adam', momentum: 0.9 } }, 'optimizer has no option "momentum".'],
  [{ optimizer: { type: 'rmsprop', alpha: NaN } }, 'optimizer.alpha is NaN.'],
  [{ optimizer: { type: 'adam', learningRate: 0 } }, 'optimizer.learningRate is 0.'],
  [{ optimizer: 'adam' }, 'optimizer is "adam".'],
  [{ schedule: { type: 'step', stepsize: 3 } }, 'schedule has no option "stepsize".'],
  [{ schedule: { type: 'multiStep', milestones: [1, 'x', null] } }, 'schedule.milestones is [1, "x", null].'],
  [{ schedule: { type: 'oneCycle', maxLearningRate: -1 } }, 'schedule.maxLearningRate is -1.'],
  [{ schedule: { type: 'reduceOnPlateau' } }, 'reduceOnPlateau has no validation to listen to.'],
  [{ earlyStopping: {} }, 'earlyStopping has no validation to listen to.'],
  [{ loss: { type: 'hinge' } }, 'loss.type is "hinge".'],
  [{ loss: { type: 'focal', classWeights: [1, Infinity] } }, 'loss.classWeights is Infinity.'],
  [{ clipNorm: 0 }, 'clipNorm is 0.'],
  [{ sampling: 'sorted' }, 'sampling is "sorted".'],
  [{ parameterGroups: [{ names: 'conv1' }] }, 'parameterGroups[0].names is "conv1".'],
  [{ parameterGroups: [{ names: ['conv1'], rate: 1 }] }, 'parameterGroups[0] has no option "rate".'],
  [{ averageWeights: { decay: '0.9', warm: 1 } }, 'averageWeights has no option "warm".'],
])('fit refuses %j', async (options, message) => {
  const { model, dataset } = await start();
  expect(() => model.fit(dataset, { epochs: 1, ...options } as never)).toThrow(message);
});

test('early stopping ends the run and says so', async () => {
  const { model, dataset } = await start();
  const run = model.fit(dataset, { epochs: 50, batchSize: 10, validation: dataset, earlyStopping: { patience: 3 } });
  const validated: number[] = [];
  for await (const { validation } of run) if (validation) validated.push(validation.step);
  expect(validated.at(-1)).toBe(6);
  expect(await run.done).toEqual({ reason: 'stoppedEarly', step: 6, epoch: 2 });
});

test('freeze, unfreeze, setLearningRates and layerSettings say how the layers stand', async () => {
  const { model, dataset, striate } = await start({ stepMs: 1 });
  expect(await model.layerSettings()).toEqual([{ name: 'fc1', trainable: true, learningRate: 1 }]);
  expect((await model.freeze({ until: 'fc1', batchNorm: 'frozen' }))[0]?.trainable).toBe(false);
  expect((await model.unfreeze({ layers: ['fc1'] }))[0]?.trainable).toBe(true);
  expect(await model.setLearningRates({ fc1: 0.25 })).toEqual([{ name: 'fc1', trainable: true, learningRate: 0.25 }]);
  await expect(model.freeze({} as never)).rejects.toThrow('freeze takes either until or layers.');
  await expect(model.freeze({ until: 'a', layers: [] })).rejects.toThrow('either until or layers');
  await expect(model.freeze({ until: 3 } as never)).rejects.toThrow('until is 3.');
  await expect(model.unfreeze({ layer: ['a'] } as never)).rejects.toThrow('no option "layer"');
  await expect(model.setLearningRates({ fc1: -1 })).rejects.toThrow('fc1 is -1.');
  await expect(model.setLearningRates([0.1] as never)).rejects.toThrow('learning rates is');
  const run = model.fit(dataset, { epochs: 100, batchSize: 4 });
  await expect(model.unfreeze()).rejects.toMatchObject({ code: 'invalid_state' });
  await run.stop();
  const copy = await striate.loadModel(await model.save());
  expect((await copy.layerSettings())[0]?.learningRate).toBe(0.25);
});

test('a new engine gets the layers as they stood', async () => {
  const { model, striate, engine } = await start();
  await model.freeze({ until: 'fc1' });
  await model.setLearningRates({ fc1: 0.5 });
  engine.faults.trapIn = 'predict';
  await expect(model.predict(new Uint8Array(4))).rejects.toMatchObject({ code: 'worker_lost' });
  await striate.recover();
  expect(await model.layerSettings()).toEqual([{ name: 'fc1', trainable: false, learningRate: 0.5 }]);
});

test('findLearningRate gives curve and suggestion, one at a time, and ends with its signal', async () => {
  const { model, dataset, engine } = await start({ stepMs: 2 });
  const first = model.findLearningRate(dataset);
  await expect(model.findLearningRate(dataset)).rejects.toMatchObject({ code: 'busy' });
  expect(await first).toEqual({ rates: [1, 2], losses: [4, 3], smoothed: [4, 3.5], suggestion: 0.5 });
  const controller = new AbortController();
  const search = model.findLearningRate(dataset, { steps: 100, signal: controller.signal });
  controller.abort();
  await expect(search).rejects.toMatchObject({ code: 'aborted' });
  await model.predict(new Uint8Array(4));
  expect(engine.log.filter((method) => method === 'rateEnd')).toHaveLength(2);
  await expect(model.findLearningRate(dataset, { epochs: 2 } as never)).rejects.toThrow('no option "epochs"');
  await expect(model.findLearningRate(dataset, { start: NaN })).rejects.toThrow('start is NaN.');
});

test('evaluate gives all measures and takes k and loss', async () => {
  const { model, dataset } = await start();
  const result = await model.evaluate(dataset, { topK: 3, loss: { type: 'focal' } });
  expect(result).toMatchObject({ accuracy: 0.25, topKAccuracy: 0.5, calibrationError: 0.1, macro: { f1: 0.25 } });
  expect(result).not.toHaveProperty('done');
  await expect(model.evaluate(dataset, { topK: 0 })).rejects.toThrow('topK is 0.');
  await expect(model.evaluate(dataset, { loss: { type: 'x' } } as never)).rejects.toThrow('loss.type is "x".');
});
