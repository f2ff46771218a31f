/** Models: handles on networks that the engine holds. */
import type { EnginePixels } from '../worker/engine_module.js';
import type {
  BatchShape,
  EvaluationOptions,
  EvaluationResult,
  FreezeOptions,
  Im2col,
  ImageShape,
  InspectionResult,
  LayerChange,
  LayerSettings,
  LayerSummary,
  LearningRateCurve,
  LearningRateSearch,
  NamedTensor,
  NetworkSpec,
  PlannedMemory,
  TestTimeViews,
} from '../worker/values.js';
import { checkViews } from './augmentation.js';
import { checkInteger, checkKeys, checkNames, checkOneOf, invalid } from './check.js';
import { recordOf } from './dataset.js';
import type { Engine, ModelRecord } from './kept_engine.js';
import { checkBatch, checkImage, checkImages } from './images.js';
import { disposed, watchForLeak } from './leaks.js';
import { checkWatch } from './options.js';
import { checkEvaluation, checkFreeze, checkRates, checkSearch, checkTraining } from './training_options.js';
import { Run } from './training_run.js';
import type {
  CallOptions,
  Dataset,
  FitOptions,
  ImageBatch,
  Images,
  Model,
  Prediction,
  TopicOptions,
  TrainingRun,
} from './types.js';
import { unpackIm2col, unpackInspection, unpackPrediction, unpackTensors } from './unpack.js';

export class EngineModel implements Model {
  readonly network: NetworkSpec;
  readonly inputShape: ImageShape;
  readonly classes: number;
  readonly #engine: Engine;
  readonly #record: ModelRecord;

  constructor(engine: Engine, record: ModelRecord) {
    this.#engine = engine;
    this.#record = record;
    this.network = record.network;
    this.inputShape = record.inputShape;
    this.classes = record.classes;
    engine.models.add(record);
    watchForLeak(this, record, { kind: 'model', closed: () => engine.status === 'closed' });
  }

  summary(options: CallOptions = {}): Promise<LayerSummary[]> {
    return this.#engine.call('summary', () => ({ model: this.#record.use() }), options);
  }

  plannedMemory(
    options: { readonly batchSize?: number; readonly training?: boolean } & CallOptions = {},
  ): Promise<PlannedMemory> {
    checkKeys('plannedMemory options', options, ['batchSize', 'training', 'signal']);
    const batchSize = checkInteger('batchSize', options.batchSize ?? 1, { least: 1 });
    const training = checkOneOf('training', options.training ?? false, [true, false]);
    const { signal } = options;
    return this.#engine.call('plannedMemory', () => ({ model: this.#record.use(), batchSize, training }), { signal });
  }

  fit(train: Dataset, options: FitOptions): TrainingRun {
    this.#record.use();
    const checked = checkTraining(options);
    const { validation, validateEvery = 0, watch, signal } = options;
    if (options.validateEvery !== undefined) checkInteger('validateEvery', validateEvery, { least: 1 });
    return new Run({
      engine: this.#engine,
      model: this.#record,
      train: recordOf('The training set', train, this.#engine),
      validation: validation ? recordOf('validation', validation, this.#engine) : null,
      validateEvery,
      options: checked,
      watch: watch ? checkWatch(watch, this.inputShape) : null,
      signal,
    });
  }

  async evaluate(dataset: Dataset, options: EvaluationOptions & CallOptions = {}): Promise<EvaluationResult> {
    checkKeys('evaluate options', options, ['topK', 'loss', 'tta', 'signal']);
    const record = recordOf('The dataset', dataset, this.#engine);
    const checked = checkEvaluation(options);
    const args = () => ({ model: this.#record.use(), dataset: record.use(), options: checked });
    return this.#engine.call('evaluate', args, { signal: options.signal });
  }

  async findLearningRate(train: Dataset, options: LearningRateSearch & CallOptions = {}): Promise<LearningRateCurve> {
    const record = recordOf('The training set', train, this.#engine);
    const checked = checkSearch(options);
    const args = () => ({ model: this.#record.use(), dataset: record.use(), options: checked });
    return this.#engine.call('findLearningRate', args, { signal: options.signal });
  }

  async freeze(options: FreezeOptions & CallOptions): Promise<LayerSettings[]> {
    return this.#configureLayers({ freeze: checkFreeze(options) }, options.signal);
  }

  async unfreeze(options: { readonly layers?: readonly string[] } & CallOptions = {}): Promise<LayerSettings[]> {
    checkKeys('unfreeze options', options, ['layers', 'signal']);
    const layers = options.layers && [...checkNames('layers', options.layers)];
    return this.#configureLayers({ unfreeze: { ...(layers && { layers }) } }, options.signal);
  }

  async setLearningRates(
    factors: Readonly<Record<string, number>>,
    options: CallOptions = {},
  ): Promise<LayerSettings[]> {
    return this.#configureLayers({ learningRates: checkRates(factors) }, options.signal);
  }

  async layerSettings(options: CallOptions = {}): Promise<LayerSettings[]> {
    return this.#engine.call('configureLayers', () => ({ model: this.#record.use(), change: {} }), options);
  }

  async predict(
    images: Images,
    options: { readonly tta?: TestTimeViews; readonly perView?: boolean } & TopicOptions = {},
  ): Promise<Prediction> {
    checkKeys('predict options', options, ['tta', 'perView', 'signal', 'topic']);
    if (options.tta) return this.#predictViews(images, options.tta, options);
    if (options.perView) throw invalid('perView was given without tta.', 'Say which views: tta: { set: "flips" }.');
    const { pixels, count } = checkImages('images', images, this.inputShape);
    const { own, transfer } = sendable(pixels);
    const { probabilities } = await this.#engine.call(
      'predict',
      () => ({ model: this.#record.use(), pixels: own, count }),
      { ...this.#topic(options), transfer },
    );
    return { probabilities, shape: [count, this.classes] };
  }

  async #predictViews(
    images: Images,
    tta: TestTimeViews,
    options: { readonly perView?: boolean } & TopicOptions,
  ): Promise<Prediction> {
    const views = checkViews(tta);
    const perView = checkOneOf('perView', options.perView ?? false, [true, false]);
    // A batch says its own size: the views may be cut out of larger images.
    const wanted: ImageShape = isBatch(images) ? sizeOf(checkBatch('images', images)) : this.inputShape;
    const { pixels, count } = checkImages('images', images, wanted);
    const { own, transfer } = sendable(pixels);
    const request = { tta: views, perView, shape: [count, ...wanted] as const };
    const wire = await this.#engine.call(
      'predictViews',
      () => ({ model: this.#record.use(), pixels: own, count, options: request }),
      { ...this.#topic(options), transfer },
    );
    return unpackPrediction(wire, count, this.classes);
  }

  async inspect(
    image: Images,
    options: { readonly layers?: readonly string[] } & TopicOptions = {},
  ): Promise<InspectionResult> {
    checkKeys('inspect options', options, ['layers', 'signal', 'topic']);
    const layers = options.layers === undefined ? null : checkNames('layers', options.layers);
    const { own, transfer } = sendable(checkImage('The image', image, this.inputShape));
    const wire = await this.#engine.call('inspect', () => ({ model: this.#record.use(), pixels: own, layers }), {
      ...this.#topic(options),
      transfer,
    });
    return unpackInspection(wire);
  }

  async im2col(image: Images, options: { readonly layer: string } & TopicOptions): Promise<Im2col> {
    checkKeys('im2col options', options, ['layer', 'signal', 'topic']);
    const [layer] = checkNames('layer', [options.layer]) as [string];
    const { own, transfer } = sendable(checkImage('The image', image, this.inputShape));
    const wire = await this.#engine.call('im2col', () => ({ model: this.#record.use(), pixels: own, layer }), {
      ...this.#topic(options),
      transfer,
    });
    return unpackIm2col(wire);
  }

  async parameters(names?: readonly string[], options: TopicOptions = {}): Promise<NamedTensor[]> {
    const checked = names === undefined ? null : checkNames('names', names);
    const wire = await this.#engine.call(
      'parameters',
      () => ({ model: this.#record.use(), names: checked }),
      this.#topic(options),
    );
    return unpackTensors(wire);
  }

  async save(options: { readonly optimizer?: boolean } & CallOptions = {}): Promise<Uint8Array> {
    checkKeys('save options', options, ['optimizer', 'signal']);
    const optimizer = checkOneOf('optimizer', options.optimizer ?? false, [true, false]);
    const { signal } = options;
    return this.#engine.call('save', () => ({ model: this.#record.use(), optimizer }), { signal });
  }

  exportOnnx(options: CallOptions = {}): Promise<Uint8Array> {
    return this.#engine.call('exportOnnx', () => ({ model: this.#record.use() }), options);
  }

  dispose(): void {
    if (this.#record.disposed) return;
    this.#record.disposed = true;
    disposed(this.#record);
    this.#engine.models.delete(this.#record);
    this.#engine.tell('disposeModel', { model: this.#record.id });
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #configureLayers(change: LayerChange, signal?: AbortSignal): Promise<LayerSettings[]> {
    const args = () => ({ model: this.#record.use(), change });
    const settings = await this.#engine.call('configureLayers', args, { signal });
    this.#record.layers = settings;
    return settings;
  }

  /** Topics of two models are two topics. */
  #topic({ signal, topic }: TopicOptions): TopicOptions {
    return { signal, topic: topic === undefined ? undefined : `${this.#record.id} ${topic}` };
  }
}

function isBatch(images: Images): images is ImageBatch {
  return typeof images === 'object' && images !== null && 'data' in images && 'shape' in images;
}

function sizeOf([, channels, height, width]: BatchShape): ImageShape {
  return [channels, height, width];
}

/**
 * A copy to be moved to the worker: the caller's array stays whole and may change at once, and a small view of a large
 * buffer does not drag that buffer along.
 */
function sendable(pixels: EnginePixels): { readonly own: EnginePixels; readonly transfer: ArrayBufferLike[] } {
  const own = pixels.slice();
  return { own, transfer: [own.buffer] };
}
