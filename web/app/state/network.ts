/**
 * The network on stage: LeNet for 28×28 digits, the workload `lenet` of the benches, with the names the views ask for.
 */
import type { NetworkSpec } from 'striate';

export const LENET: NetworkSpec = {
  // MNIST's mean is taken off; its deviation is left: unit variance under He's weights makes the first steps too wild
  // (over six seeds: 97% after 2.5 passes each, against 3 to 3.5).
  input: { channels: 1, height: 28, width: 28, normalize: { mean: [0.1307], std: [1] } },
  layers: [
    { type: 'conv2d', name: 'conv1', outChannels: 6, kernelSize: 5, padding: 2 },
    { type: 'relu', name: 'relu1' },
    { type: 'maxPool2d', name: 'pool1', kernelSize: 2 },
    { type: 'conv2d', name: 'conv2', outChannels: 16, kernelSize: 5 },
    { type: 'relu', name: 'relu2' },
    { type: 'maxPool2d', name: 'pool2', kernelSize: 2 },
    { type: 'flatten', name: 'flatten' },
    { type: 'linear', name: 'fc1', outFeatures: 120 },
    { type: 'relu', name: 'relu3' },
    { type: 'linear', name: 'fc2', outFeatures: 84 },
    { type: 'relu', name: 'relu4' },
    { type: 'linear', name: 'fc3', outFeatures: 10 },
  ],
};

export const CLASSES = 10;
/** Forward and backward pass and update of one image, in floating-point operations (multiply and add are two). */
export const FLOP_AN_IMAGE = 2.264e6;
/** Layers whose outputs the stage shows. */
export const SHOWN_LAYERS = ['relu1', 'pool1', 'relu2', 'pool2', 'relu3', 'relu4'] as const;
export type ShownLayer = (typeof SHOWN_LAYERS)[number];
/** Weights the stage shows. */
export const SHOWN_WEIGHTS = ['conv1.weight', 'conv2.weight'] as const;
export type ShownWeight = (typeof SHOWN_WEIGHTS)[number];
