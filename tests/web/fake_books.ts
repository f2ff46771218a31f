/** What the fake session keeps, and how it answers. */
import type { Reply } from '../../web/worker/engine_module.js';
import type { LayerChange, LayerSettings, NetworkSpec, TrainingOptions } from '../../web/worker/values.js';

export interface FakeDataset {
  pixels: Uint8Array;
  labels: number[];
  shape: [number, number, number];
  classes: number;
}

export interface FakeTraining {
  dataset: number;
  options: TrainingOptions;
  batchSize: number;
  learningRate: number;
  step: number;
  epoch: number;
  image: number;
  validations?: number;
  over?: boolean;
}

export interface FakeModel {
  network: NetworkSpec;
  seed: number;
  weight: number;
  training: FakeTraining | null;
  aside: FakeTraining | null;
  evaluation: { dataset: number; images: number; training: boolean } | null;
  layers?: LayerSettings[];
  rateSteps?: number;
}

export const ok = (value: unknown, more: { floats?: Float32Array; bytes?: Uint8Array } = {}): Reply => ({
  ok: true,
  json: JSON.stringify(value),
  ...more,
});
export const bad = (code: string, message: string): Reply => ({ ok: false, code, message, hint: 'A hint.' });

export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

export function cutOut({ pixels, labels, shape, classes }: FakeDataset, from: number, to: number): FakeDataset {
  const size = shape[0] * shape[1] * shape[2];
  return { pixels: pixels.slice(from * size, to * size), labels: labels.slice(from, to), shape, classes };
}

/** Twice the images and no change. */
export function doubled({ pixels, labels, ...rest }: FakeDataset): FakeDataset {
  return { ...rest, pixels: Uint8Array.from([...pixels, ...pixels]), labels: [...labels, ...labels] };
}

/** A step on the next images of `labels`: the weight comes to depend on all that a real one would. How many images. */
export function takeStep(model: FakeModel, training: FakeTraining, labels: readonly number[]): number {
  const batch = Math.min(training.batchSize, labels.length - training.image);
  for (let j = 0; j < batch; j++) {
    const label = labels[training.image + j] ?? 0;
    model.weight = (model.weight * 31 + label + training.step * training.learningRate) % 1000003;
  }
  training.step++;
  training.image += batch;
  return batch;
}

/** The settings of a network of the one layer `fc1`, changed. */
export function changed(layer: LayerSettings, change: LayerChange): LayerSettings[] {
  if ('freeze' in change) return [{ ...layer, trainable: false }];
  if ('unfreeze' in change) return [{ ...layer, trainable: true }];
  if ('learningRates' in change) return [{ ...layer, learningRate: change.learningRates['fc1'] ?? 1 }];
  return 'settings' in change ? [...change.settings] : [layer];
}
