/**
 * The bench's networks: what they are called in the zoo, what they take, and the floating-point operations of one image as
 * convolutions and linear layers define them. cpp/striate/session/bench_rows.cpp has the same table, and layers alone beside it.
 */
import type { ImageShape } from './values.js';

export type BenchmarkMode = 'train' | 'infer';

export interface Workload {
  /** Its name in the zoo. */
  readonly network: string;
  readonly shape: ImageShape;
  readonly classes: number;
  /** Operations an image, and the usual batches. */
  readonly modes: Readonly<
    Partial<Record<BenchmarkMode, { readonly flop: number; readonly batches: readonly number[] }>>
  >;
}

export const workloads: Readonly<Record<string, Workload>> = {
  lenet: {
    network: 'lenet',
    shape: [1, 28, 28],
    classes: 10,
    modes: {
      train: { flop: 2_263_920, batches: [1, 32, 128] },
      infer: { flop: 833_040, batches: [1, 100] },
    },
  },
  'cifar-small': {
    network: 'cifar-small',
    shape: [3, 32, 32],
    classes: 10,
    modes: { train: { flop: 148_250_112, batches: [32, 128] } },
  },
  resnet20: {
    network: 'resnet20-b',
    shape: [3, 32, 32],
    classes: 10,
    modes: { train: { flop: 243_994_368, batches: [32, 128] } },
  },
  resnet18: {
    network: 'resnet18',
    shape: [3, 224, 224],
    classes: 1000,
    modes: { infer: { flop: 3_628_146_688, batches: [1] } },
  },
};
