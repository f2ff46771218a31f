// What the compiler must accept and refuse of the public interface. Never run: `tsc --noEmit` is the test.
import { StriateError, loadStriate } from 'striate';
import type { Activation, EvaluationResult, StriateErrorCode, Striate, TrainingOutcome, TrainingReport } from 'striate';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => undefined;

export async function accepted(canvas: CanvasRenderingContext2D, signal: AbortSignal): Promise<void> {
  await using striate = await loadStriate({
    threads: 'auto',
    build: 'auto',
    wasmUrl: new URL('https://a.b/c.wasm'),
    signal,
  });
  same<typeof striate, Striate>(true);
  using model = await striate.createModel({
    input: { channels: 1, height: 28, width: 28 },
    layers: [
      { type: 'conv2d', name: 'conv1', outChannels: 6, kernelSize: 5, padding: 2 },
      { type: 'relu' },
      { type: 'maxPool2d', kernelSize: [2, 2] },
      { type: 'flatten' },
      { type: 'linear', outFeatures: 10 },
    ],
  });
  const digits = await striate.datasets.fromIdx(new Uint8Array(), () => Promise.resolve(new Uint8Array()));
  const { train, validation } = await digits.split({ validation: 0.1, seed: 1 });
  const run = model.fit(train, { epochs: 5, validation, optimizer: { type: 'sgd', momentum: 0.9 }, signal });
  for await (const report of run) {
    same<typeof report, TrainingReport>(true);
    same<typeof report.losses, Float32Array>(true);
    // Only there when something was evaluated.
    report.validation?.accuracy.toFixed(3);
  }
  same<Awaited<typeof run.done>, TrainingOutcome>(true);
  // Augmentation: a policy, trainings, grown datasets, views.
  using policy = await striate.augmentation([{ type: 'Rotate', limit: 20 }], { signal });
  const augmented = await policy.apply(canvas.getImageData(0, 0, 28, 28), { seed: 1, samples: [1, 2], channels: 1 });
  augmented.log[0]?.[0]?.transform.toUpperCase();
  using grown = await train.augment(policy, { times: 3 });
  model.fit(grown, { epochs: 1, augmentation: policy });
  model.fit(grown, { epochs: 1, augmentation: [{ type: 'HorizontalFlip' }] });
  const seen = await model.predict(new Uint8Array(784), { tta: { policy, views: 4 }, perView: true });
  seen.views?.info.length.toFixed();
  await model.evaluate(validation, { tta: { set: 'flips', merge: 'vote' } });
  (await striate.transforms())[0]?.options[0]?.allowed.trim();
  // Fine tuning: what a training may be asked for, frozen layers, the search for a rate.
  const { suggestion } = await model.findLearningRate(train, { batchSize: 16, loss: { type: 'focal' }, signal });
  await model.freeze({ until: 'conv1', batchNorm: 'updated' });
  await model.setLearningRates({ conv1: 0.1, fc1: 1 });
  const tuned = model.fit(train, {
    epochs: 5,
    validation,
    optimizer: { type: 'adamw', learningRate: suggestion ?? 0.001, weightDecay: 0.05 },
    schedule: { type: 'reduceOnPlateau', monitor: 'accuracy', patience: 2 },
    loss: { type: 'crossEntropy', labelSmoothing: 0.1, classWeights: [1, 2] },
    clipNorm: 1,
    sampling: 'balanced',
    dropLast: true,
    parameterGroups: [{ names: ['*.bias'], weightDecay: 0 }],
    averageWeights: { decay: 0.999 },
    earlyStopping: { patience: 5, minDelta: 1e-3, restoreBest: true },
  });
  same<(typeof tuned)['done'], Promise<TrainingOutcome>>(true);
  const { macro, classes, topKAccuracy } = await model.evaluate(validation, { topK: 3 });
  same<typeof macro.f1, number>(true);
  same<typeof topKAccuracy, number>(true);
  classes[0]?.support.toFixed(0);
  // A canvas's pixels are images.
  const { probabilities, shape } = await model.predict(canvas.getImageData(0, 0, 28, 28), { topic: 'pad', signal });
  same<typeof probabilities, Float32Array>(true);
  same<typeof shape, readonly [n: number, classes: number]>(true);
  const { layers } = await model.inspect({ data: new Float32Array(784), shape: [1, 1, 28, 28] });
  same<(typeof layers)[number], Activation>(true);
  same<Awaited<ReturnType<typeof model.evaluate>>, EvaluationResult>(true);
  same<Awaited<ReturnType<typeof model.exportOnnx>>, Uint8Array>(true);
  await (await striate.importOnnx(await model.exportOnnx({ signal }), { signal })).summary();
}

export function errors(error: unknown): StriateErrorCode | null {
  return error instanceof StriateError ? error.code : null;
}

export async function refused(striate: Striate): Promise<void> {
  // @ts-expect-error: no such layer
  await striate.createModel({ input: { channels: 1, height: 1, width: 1 }, layers: [{ type: 'conv3d' }] });
  const input = { channels: 1, height: 1, width: 1 };
  // @ts-expect-error: a convolution needs outChannels
  await striate.createModel({ input, layers: [{ type: 'conv2d', kernelSize: 3 }] });
  const model = await striate.createModel('lenet');
  const dataset = await striate.datasets.fromPixels({ data: new Uint8Array(4), shape: [1, 1, 2, 2] }, [0]);
  // @ts-expect-error: epochs must be said
  model.fit(dataset, {});
  // @ts-expect-error: misspelt
  model.fit(dataset, { epochs: 1, batchsize: 3 });
  // @ts-expect-error: adam has no momentum
  model.fit(dataset, { epochs: 1, optimizer: { type: 'adam', momentum: 0.9 } });
  // @ts-expect-error: a step schedule needs its size
  model.fit(dataset, { epochs: 1, schedule: { type: 'step' } });
  // @ts-expect-error: counts are read only
  dataset.count = 3;
  // @ts-expect-error: a shape has four numbers
  await model.predict({ data: new Uint8Array(4), shape: [2, 2] });
  const { rows } = await striate.benchmark({ workloads: [{ workload: 'lenet', mode: 'train', batch: 32 }] });
  rows[0]?.images_per_s_median.toFixed();
  // @ts-expect-error: a workload has a batch
  await striate.benchmark({ workloads: [{ workload: 'lenet', mode: 'train' }] });
  // @ts-expect-error: no such code
  const code: StriateErrorCode = 'oops';
  void code;
}
