/** Checks of networks, of what is watched, and of changes to a training. Ranges the engine knows better are its own. */
import type { WireWatch } from '../worker/protocol.js';
import type { ImageShape, InputSpec, NetworkSpec, TrainingChange, ZooRequest } from '../worker/values.js';
import { checkInteger, checkKeys, checkNames, checkNumber, invalid, shown } from './check.js';
import { checkImage } from './images.js';
import type { WatchOptions } from './types.js';

/** @throws `invalid_argument` */
export function checkChange(change: TrainingChange): TrainingChange {
  checkKeys('configure options', change, ['learningRate', 'batchSize']);
  const { learningRate, batchSize } = change;
  return {
    ...(learningRate !== undefined && {
      learningRate: checkNumber('learningRate', learningRate, { least: 0, open: true }),
    }),
    ...(batchSize !== undefined && { batchSize: checkInteger('batchSize', batchSize, { least: 1 }) }),
  };
}

/** @throws `invalid_argument`, `invalid_shape` */
export function checkWatch(watch: WatchOptions, inputShape: ImageShape): WireWatch {
  checkKeys('watch', watch, ['image', 'layers', 'parameters', 'everyMs', 'maxShare']);
  const { image, layers, parameters = [], everyMs = 50, maxShare = 0.04 } = watch;
  return {
    // A copy: the caller may go on drawing on it.
    pixels: image === undefined ? null : checkImage('watch.image', image, inputShape).slice(),
    layers: layers === undefined ? null : [...checkNames('watch.layers', layers)],
    parameters: [...checkNames('watch.parameters', parameters)],
    everyMs: checkNumber('watch.everyMs', everyMs, { least: 0 }),
    maxShare: checkNumber('watch.maxShare', maxShare, { least: 0.001, most: 1 }),
  };
}

/** @throws `invalid_argument` unless `input` is what a network can take in. */
function checkInput(what: string, input: InputSpec): void {
  checkKeys(what, input, ['channels', 'height', 'width', 'normalize']);
  for (const side of ['channels', 'height', 'width'] as const) {
    checkInteger(`${what}.${side}`, input[side], { least: 1 });
  }
}

/** @throws `invalid_argument` */
export function checkZooRequest(
  zoo: string,
  { classes, input }: { readonly classes?: number | undefined; readonly input?: InputSpec | undefined },
): ZooRequest {
  if (input !== undefined) checkInput('input', input);
  return {
    zoo,
    ...(classes === undefined ? {} : { classes: checkInteger('classes', classes, { least: 1, most: 65_535 }) }),
    ...(input === undefined ? {} : { input: structuredClone(input) }),
  };
}

/** A network as a plain snapshot, or a name. What the layers say is the engine's to judge. @throws `invalid_argument` */
export function checkNetwork(network: NetworkSpec | string): NetworkSpec | string {
  if (typeof network === 'string') return network;
  checkKeys('network', network, ['name', 'input', 'layers']);
  checkInput('network.input', network.input);
  if (!Array.isArray(network.layers)) {
    throw invalid(
      `network.layers is ${shown(network.layers)}.`,
      'Give an array of layers, e.g. [{ type: "flatten" }].',
    );
  }
  try {
    const text = JSON.stringify(network, (key, value: unknown) => {
      if (typeof value !== 'number' || Number.isFinite(value)) return value;
      throw invalid(`The network's ${key} is ${value}.`, 'Give finite numbers only.');
    });
    return JSON.parse(text) as NetworkSpec;
  } catch (error) {
    if (error instanceof TypeError)
      throw invalid(`The network is not plain data: ${error.message}`, 'Give JSON values.');
    throw error;
  }
}
