/** What the fake session keeps, and how it answers. */
import type { Reply } from '../../web/worker/engine_module.js';
import type { LayerSettings, NetworkSpec, TrainingOptions } from '../../web/worker/values.js';

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
