/** Checks of the options of trainings and networks, with their defaults. Ranges the engine knows better are its own. */
import type { WireWatch } from '../worker/protocol.js';
import type {
  ImageShape,
  InputSpec,
  NetworkSpec,
  ScheduleOptions,
  SgdOptions,
  TrainingChange,
  TrainingOptions,
  ZooRequest,
} from '../worker/values.js';
import { checkInteger, checkKeys, checkNames, checkNumber, checkOneOf, checkSeed, invalid, shown } from './check.js';
import { checkImage } from './images.js';
import type { FitOptions, WatchOptions } from './types.js';

const FIT_KEYS = [
  'epochs',
  'batchSize',
  'seed',
  'optimizer',
  'schedule',
  'resume',
  'validation',
  'validateEvery',
  'watch',
  'signal',
];

/** The engine's part of the options of `fit`, complete. @throws `invalid_argument` */
export function checkTraining(options: FitOptions): TrainingOptions {
  checkKeys('fit options', options, FIT_KEYS);
  const { epochs, batchSize = 32, seed = 0, optimizer = { type: 'sgd' }, schedule, resume = false } = options;
  return {
    epochs: checkInteger('epochs', epochs, { least: 1 }),
    batchSize: checkInteger('batchSize', batchSize, { least: 1 }),
    seed: checkSeed('seed', seed),
    optimizer: checkOptimizer(optimizer),
    ...(schedule && { schedule: checkSchedule(schedule) }),
    ...(checkOneOf('resume', resume, [true, false]) && { resume: true }),
  };
}

function checkOptimizer(optimizer: SgdOptions): Required<SgdOptions> {
  checkKeys('optimizer', optimizer, ['type', 'learningRate', 'momentum', 'weightDecay']);
  const { type, learningRate = 0.01, momentum = 0.9, weightDecay = 0 } = optimizer;
  const below1 = checkNumber('optimizer.momentum', momentum, { least: 0, most: 1 });
  if (below1 === 1) throw invalid('optimizer.momentum is 1.', 'Give a number at least 0 and less than 1, e.g. 0.9.');
  return {
    type: checkOneOf('optimizer.type', type, ['sgd']),
    learningRate: checkNumber('optimizer.learningRate', learningRate, { least: 0, open: true }),
    momentum: below1,
    weightDecay: checkNumber('optimizer.weightDecay', weightDecay, { least: 0 }),
  };
}

function checkSchedule(schedule: ScheduleOptions): ScheduleOptions {
  if (schedule.type === 'constant') {
    checkKeys('schedule', schedule, ['type']);
    return schedule;
  }
  checkOneOf('schedule.type', schedule.type, ['constant', 'oneCycle']);
  checkNumber('schedule.maxLearningRate', schedule.maxLearningRate, { least: 0, open: true });
  return { ...schedule };
}

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
