// A network that trains in a moment, and images that it can tell apart.
import type { Dataset, NetworkSpec, Striate } from '../../web/lib/index.js';

export const SMALL: NetworkSpec = {
  input: { channels: 1, height: 6, width: 6 },
  layers: [
    { type: 'conv2d', name: 'conv1', outChannels: 3, kernelSize: 3, padding: 1 },
    { type: 'relu' },
    { type: 'maxPool2d', kernelSize: 2 },
    { type: 'flatten' },
    { type: 'linear', name: 'fc1', outFeatures: 2 },
  ],
};

/** Bright left half (label 0) or right half (label 1). */
export function halves(count = 60) {
  const data = Uint8Array.from({ length: 36 * count }, (_, i) => {
    const right = i % 6 >= 3;
    return right === (Math.floor(i / 36) % 2 === 1) ? 200 + ((i * 7) % 50) : (i * 13) % 60;
  });
  return { data, labels: Array.from({ length: count }, (_, i) => i % 2) };
}

export function halvesDataset(striate: Striate, count = 60): Promise<Dataset> {
  const { data, labels } = halves(count);
  return striate.datasets.fromPixels({ data, shape: [count, 1, 6, 6] }, labels);
}
