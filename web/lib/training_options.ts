/** Checks of what trainings take: kinds, spellings, finite numbers, with the defaults. Further ranges are the engine's. */
import type {
  EvaluationOptions,
  FreezeOptions,
  LearningRateSearch,
  LossOptions,
  OptimizerOptions,
  ScheduleOptions,
  TrainingOptions,
} from '../worker/values.js';
import { checkPolicy, checkViews } from './augmentation.js';
import { checkInteger, checkKeys, checkNames, checkNumber, checkOneOf, checkSeed, invalid, shown } from './check.js';
import type { FitOptions } from './types.js';

const OPTIMIZERS = {
  sgd: ['learningRate', 'momentum', 'dampening', 'nesterov', 'weightDecay'],
  adam: ['learningRate', 'beta1', 'beta2', 'eps', 'weightDecay'],
  adamw: ['learningRate', 'beta1', 'beta2', 'eps', 'weightDecay'],
  rmsprop: ['learningRate', 'alpha', 'eps', 'momentum', 'centered', 'weightDecay'],
} as const;

const SCHEDULES = {
  constant: [],
  step: ['stepSize', 'gamma', 'unit'],
  multiStep: ['milestones', 'gamma', 'unit'],
  exponential: ['gamma', 'unit'],
  cosine: ['steps', 'minLearningRate', 'unit'],
  cosineRestarts: ['steps', 'growth', 'minLearningRate', 'unit'],
  linearWarmup: ['steps', 'startFactor', 'endFactor', 'unit'],
  oneCycle: ['maxLearningRate', 'warmup', 'startDivisor', 'endDivisor', 'anneal', 'cycleMomentum'],
  reduceOnPlateau: ['monitor', 'factor', 'patience', 'threshold', 'thresholdMode', 'cooldown', 'minLearningRate'],
} as const;

const LOSSES = {
  crossEntropy: ['labelSmoothing', 'classWeights', 'ignoreIndex'],
  focal: ['gamma', 'classWeights'],
  meanSquared: [],
  radialBasis: ['cap'],
} as const;

/** What a training and the search for its rate have in common. */
const STEP_KEYS = [
  'batchSize',
  'seed',
  'optimizer',
  'loss',
  'clipNorm',
  'clipValue',
  'sampling',
  'dropLast',
  'parameterGroups',
  'augmentation',
];
const FIT_KEYS = [
  'epochs',
  ...STEP_KEYS,
  'schedule',
  'gradientNorm',
  'averageWeights',
  'earlyStopping',
  'resume',
  'validation',
  'validateEvery',
  'watch',
  'signal',
];
const SWEEP_KEYS = ['start', 'end', 'steps', 'smoothing', 'divergence'] as const;

/** The engine's part of the options of `fit`, complete. @throws `invalid_argument` */
export function checkTraining(options: FitOptions): TrainingOptions {
  checkKeys('fit options', options, FIT_KEYS);
  const { epochs, schedule, gradientNorm, averageWeights, earlyStopping, resume = false, validation } = options;
  const listens = earlyStopping !== undefined ? 'earlyStopping' : schedule?.type === 'reduceOnPlateau' && schedule.type;
  if (listens && !validation) {
    throw invalid(`${listens} has no validation to listen to.`, 'Give fit a `validation` dataset.');
  }
  return {
    epochs: checkInteger('epochs', epochs, { least: 1 }),
    ...checkSteps(options),
    ...(schedule && { schedule: checkSchedule(schedule) }),
    ...(gradientNorm && { gradientNorm: checkOneOf('gradientNorm', gradientNorm, [true, false]) }),
    ...(averageWeights && { averageWeights: plain('averageWeights', averageWeights, ['decay', 'warmup']) }),
    ...(earlyStopping && {
      earlyStopping: plain('earlyStopping', earlyStopping, ['monitor', 'patience', 'minDelta', 'restoreBest']),
    }),
    ...(checkOneOf('resume', resume, [true, false]) && { resume: true }),
  };
}

/** @throws `invalid_argument` */
export function checkSearch(options: LearningRateSearch): LearningRateSearch {
  checkKeys('findLearningRate options', options, [...STEP_KEYS, ...SWEEP_KEYS, 'signal']);
  const sweep: Record<string, number> = {};
  for (const key of SWEEP_KEYS) {
    if (options[key] !== undefined) sweep[key] = checkNumber(key, options[key]);
  }
  return { ...checkSteps(options), ...sweep };
}

/** @throws `invalid_argument` */
export function checkEvaluation({ topK, loss, tta }: EvaluationOptions): EvaluationOptions {
  return {
    ...(topK !== undefined && { topK: checkInteger('topK', topK, { least: 1 }) }),
    ...(loss && { loss: checkTyped('loss', loss, LOSSES) }),
    ...(tta && { tta: checkViews(tta) }),
  };
}

/** @throws `invalid_argument` */
export function checkFreeze(options: FreezeOptions): FreezeOptions {
  checkKeys('freeze options', options, ['until', 'layers', 'batchNorm', 'signal']);
  const { until, layers, batchNorm } = options;
  if ((until === undefined) === (layers === undefined)) {
    throw invalid('freeze takes either until or layers.', 'Give { until: "conv2" } or { layers: ["conv1"] }.');
  }
  if (until !== undefined && typeof until !== 'string') {
    throw invalid(`until is ${shown(until)}.`, 'Give the name of a layer.');
  }
  return {
    ...(until !== undefined && { until }),
    ...(layers && { layers: [...checkNames('layers', layers)] }),
    ...(batchNorm !== undefined && { batchNorm: checkOneOf('batchNorm', batchNorm, ['frozen', 'updated'] as const) }),
  };
}

/** @throws `invalid_argument` */
export function checkRates(factors: Readonly<Record<string, number>>): Record<string, number> {
  checkKeys('learning rates', factors, Object.keys(factors ?? {}));
  return Object.fromEntries(
    Object.entries(factors).map(([layer, factor]) => [layer, checkNumber(layer, factor, { least: 0 })]),
  );
}

function checkSteps(options: Omit<LearningRateSearch, 'start' | 'end' | 'steps'>): Omit<TrainingOptions, 'epochs'> {
  const { batchSize = 32, seed = 0, optimizer = { type: 'sgd' }, loss, clipNorm, clipValue, parameterGroups } = options;
  const { sampling, dropLast, augmentation } = options;
  return {
    batchSize: checkInteger('batchSize', batchSize, { least: 1 }),
    seed: checkSeed('seed', seed),
    optimizer: checkOptimizer(optimizer),
    ...(loss && { loss: checkTyped('loss', loss, LOSSES) as LossOptions }),
    ...(clipNorm !== undefined && { clipNorm: checkNumber('clipNorm', clipNorm, { least: 0, open: true }) }),
    ...(clipValue !== undefined && { clipValue: checkNumber('clipValue', clipValue, { least: 0, open: true }) }),
    ...(sampling !== undefined && {
      sampling: checkOneOf('sampling', sampling, ['shuffled', 'balanced', 'sequential'] as const),
    }),
    ...(dropLast && { dropLast: checkOneOf('dropLast', dropLast, [true, false]) }),
    ...(augmentation && { augmentation: checkPolicy(augmentation) }),
    ...(parameterGroups && {
      parameterGroups: parameterGroups.map((group, i) => {
        const { names, ...rest } = plain(`parameterGroups[${i}]`, group, ['names', 'learningRate', 'weightDecay']);
        return { names: [...checkNames(`parameterGroups[${i}].names`, names)], ...rest };
      }),
    }),
  };
}

function checkOptimizer(optimizer: OptimizerOptions): OptimizerOptions {
  const checked = checkTyped('optimizer', optimizer, OPTIMIZERS);
  if (checked.learningRate !== undefined) {
    checkNumber('optimizer.learningRate', checked.learningRate, { least: 0, open: true });
  }
  if (checked.type !== 'sgd') return checked;
  const { learningRate = 0.01, momentum = 0.9, weightDecay = 0, ...rest } = checked;
  const below1 = checkNumber('optimizer.momentum', momentum, { least: 0, most: 1 });
  if (below1 === 1) throw invalid('optimizer.momentum is 1.', 'Give a number at least 0 and less than 1, e.g. 0.9.');
  return { ...rest, learningRate, momentum, weightDecay };
}

function checkSchedule(schedule: ScheduleOptions): ScheduleOptions {
  const checked = checkTyped('schedule', schedule, SCHEDULES);
  if (checked.type === 'oneCycle') {
    checkNumber('schedule.maxLearningRate', checked.maxLearningRate, { least: 0, open: true });
  }
  return checked;
}

/** A copy of `{ type, … }` with a known type and only its options. */
function checkTyped<T extends { readonly type: string }>(
  what: string,
  value: T,
  types: Readonly<Record<string, readonly string[]>>,
): T {
  if (typeof value !== 'object' || value === null) {
    throw invalid(`${what} is ${shown(value)}.`, `Give an object such as { type: "${Object.keys(types)[0]}" }.`);
  }
  const type = checkOneOf(`${what}.type`, value.type, Object.keys(types));
  return plain(what, value, ['type', ...(types[type] ?? [])]);
}

/** A copy with known keys only, all plain: finite numbers, texts, truths, and lists of them. */
function plain<T extends object>(what: string, value: T, keys: readonly string[]): T {
  checkKeys(what, value, keys);
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const items: readonly unknown[] = Array.isArray(member) ? member : [member];
    for (const item of items) {
      if (typeof item === 'number') checkNumber(`${what}.${key}`, item);
      else if (typeof item !== 'string' && typeof item !== 'boolean') {
        throw invalid(`${what}.${key} is ${shown(member)}.`, 'Give a number, a text, true or false, or a list.');
      }
    }
    copy[key] = Array.isArray(member) ? [...items] : member;
  }
  return copy as T;
}
