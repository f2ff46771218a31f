/** The books of the fake engine: its session, without mathematics (fake_engine.ts). */
import type { EnginePixels, EngineSession, Reply } from '../../web/worker/engine_module.js';
import type { LayerChange, NetworkSpec, TrainingChange, TrainingOptions } from '../../web/worker/values.js';
import { bad, changed, cutOut, doubled, ok, spin, takeStep } from './fake_books.js';
import type { FakeDataset, FakeModel, FakeTraining } from './fake_books.js';
import type { FakeEngine } from './fake_engine.js';

export class FakeSession implements EngineSession {
  readonly models = new Map<number, FakeModel>();
  readonly datasets = new Map<number, FakeDataset>();
  #next = 1;
  readonly #engine: FakeEngine;

  constructor(engine: FakeEngine) {
    this.#engine = engine;
    // Numbers of one engine must not be taken for another's.
    this.#next = engine.loads * 1000;
  }

  createModel(specJson: string, seed: number): Reply {
    this.#enter('createModel');
    const spec = JSON.parse(specJson) as NetworkSpec | string;
    if (typeof spec === 'string' && spec !== 'lenet') return bad('not_found', `There is no network "${spec}".`);
    const network: NetworkSpec =
      typeof spec === 'string'
        ? { input: { channels: 1, height: 2, width: 2 }, layers: [{ type: 'linear', name: 'fc1', outFeatures: 10 }] }
        : spec;
    return ok({
      model: this.#addModel({ network, seed, weight: seed, training: null, aside: null, evaluation: null }),
    });
  }

  im2col(): Reply {
    this.#enter('im2col');
    return ok({});
  }
  plannedMemory(): Reply {
    this.#enter('plannedMemory');
    return ok({ plan: 1, weights: 2, total: 3 });
  }
  summary(model: number): Reply {
    this.#enter('summary');
    const found = this.models.get(model);
    if (!found) return bad('not_found', `There is no model ${model}.`);
    const window = { size: [1, 1], stride: [1, 1], start: [0, 0] };
    return ok(
      found.network.layers.map((layer) => ({
        name: layer.name ?? layer.type,
        type: layer.type,
        outputShape: layer.type === 'linear' ? [layer.outFeatures, 1, 1] : [1, 1, 1],
        parameters: 1,
        macs: 1,
        receptiveField: window,
      })),
    );
  }

  spec(model: number): Reply {
    this.#enter('spec');
    return ok(this.models.get(model)?.network);
  }

  datasetFromIdx(images: Uint8Array, labels: Uint8Array): Reply {
    this.#enter('datasetFromIdx');
    if (images.length !== labels.length * 4) return bad('invalid_file', 'images and labels do not fit');
    return ok(this.#addDataset({ pixels: images, labels: [...labels], shape: [1, 2, 2], classes: 10 }));
  }

  datasetFromCifar10(): Reply {
    return bad('unsupported', 'the imitation reads no CIFAR-10');
  }

  datasetSynthetic(): Reply {
    return bad('unsupported', 'the imitation draws no images');
  }

  datasetFromPixels(pixels: EnginePixels, labels: Int32Array, shapeJson: string, classes: number): Reply {
    this.#enter('datasetFromPixels');
    const [, c, h, w] = JSON.parse(shapeJson) as [number, number, number, number];
    return ok(this.#addDataset({ pixels: Uint8Array.from(pixels), labels: [...labels], shape: [c, h, w], classes }));
  }

  datasetSplit(dataset: number, optionsJson: string): Reply {
    this.#enter('datasetSplit');
    const parent = this.#dataset(dataset);
    const { validation } = JSON.parse(optionsJson) as { validation: number };
    const cut = Math.round(parent.labels.length * (1 - validation));
    const part = (from: number, to: number) => this.#addDataset(cutOut(parent, from, to));
    return ok({ train: part(0, cut), validation: part(cut, parent.labels.length) });
  }

  datasetSlice(dataset: number, first: number, count: number): Reply {
    this.#enter('datasetSlice');
    return ok(this.#addDataset(cutOut(this.#dataset(dataset), first, first + count)));
  }

  datasetAppend(dataset: number, pixels: EnginePixels, labels: Int32Array): Reply {
    this.#enter('datasetAppend');
    const found = this.#dataset(dataset);
    found.pixels = Uint8Array.from([...found.pixels, ...pixels]);
    found.labels.push(...labels);
    return ok(null);
  }

  datasetImages(dataset: number, indices: Uint32Array): Reply {
    this.#enter('datasetImages');
    const { pixels, labels, shape } = this.#dataset(dataset);
    const size = shape[0] * shape[1] * shape[2];
    const bytes = Uint8Array.from([...indices].flatMap((i) => [...pixels.subarray(i * size, (i + 1) * size)]));
    return ok({ labels: [...indices].map((i) => labels[i]), shape: [indices.length, ...shape] }, { bytes });
  }

  trainBegin(model: number, dataset: number, optionsJson: string): Reply {
    this.#enter('trainBegin');
    const found = this.#model(model);
    const options = JSON.parse(optionsJson) as TrainingOptions;
    if (options.resume && !found.aside) return bad('invalid_state', 'There is no training to go on from.');
    const batchSize = options.batchSize ?? 1;
    const learningRate = options.optimizer?.learningRate ?? 0.1;
    found.training =
      options.resume && found.aside
        ? { ...found.aside, dataset }
        : { dataset, options, batchSize, learningRate, step: 0, epoch: 0, image: 0 };
    const { step, epoch, over } = found.training;
    return ok({ ...this.#plan(found.training), step, epoch, ...(over && { done: true }) });
  }

  trainConfigure(model: number, optionsJson: string): Reply {
    this.#enter('trainConfigure');
    const { training } = this.#model(model);
    if (!training) return bad('invalid_state', 'There is no training.');
    const { batchSize, learningRate } = JSON.parse(optionsJson) as TrainingChange;
    if (batchSize !== undefined && batchSize > 1000) return bad('out_of_memory', `batchSize ${batchSize} does not fit`);
    training.batchSize = batchSize ?? training.batchSize;
    training.learningRate = learningRate ?? training.learningRate;
    return ok(this.#plan(training));
  }

  trainSteps(model: number, steps: number): Reply {
    this.#enter('trainSteps');
    const found = this.#model(model);
    const { training } = found;
    if (!training) return bad('invalid_state', 'There is no training.');
    const { labels } = this.#dataset(training.dataset);
    const losses: number[] = [];
    let images = 0;
    let epochEnd = false;
    const epoch = training.epoch;
    const { faults } = this.#engine;
    for (let i = 0; i < steps && !epochEnd; i++) {
      if (training.step + 1 === faults.trapAtStep) {
        delete faults.trapAtStep;
        throw new WebAssembly.RuntimeError('unreachable');
      }
      if (training.step + 1 === faults.notFiniteAtStep) return bad('not_finite', `Step ${training.step + 1}: NaN.`);
      spin(faults.stepMs ?? 0);
      images += takeStep(found, training, labels);
      losses.push(1 / training.step);
      epochEnd = training.image >= labels.length;
    }
    if (epochEnd) {
      training.epoch++;
      training.image = 0;
    }
    const done = training.epoch >= training.options.epochs;
    const { step, learningRate } = training;
    const result = { step, epoch, accuracy: 0.5, learningRate, images, epochEnd, done };
    return ok(result, { floats: Float32Array.from(losses) });
  }

  trainBatch(): Reply {
    this.#enter('trainBatch');
    return ok(null);
  }

  trainEnd(model: number): Reply {
    this.#enter('trainEnd');
    const found = this.#model(model);
    found.aside = found.training;
    found.training = null;
    return ok(null);
  }

  configureLayers(model: number, changeJson: string): Reply {
    this.#enter('configureLayers');
    const found = this.#model(model);
    if (found.training) return bad('invalid_state', 'The model is training.');
    const layer = found.layers?.[0] ?? { name: 'fc1', trainable: true, learningRate: 1 };
    found.layers = changed(layer, JSON.parse(changeJson) as LayerChange);
    return ok(found.layers);
  }

  rateBegin(model: number, dataset: number, optionsJson: string): Reply {
    this.#enter('rateBegin');
    this.#dataset(dataset);
    this.#model(model).rateSteps = 0;
    return ok({ steps: (JSON.parse(optionsJson) as { steps?: number }).steps ?? 100 });
  }

  rateSteps(model: number, steps: number): Reply {
    this.#enter('rateSteps');
    const found = this.#model(model);
    if (found.rateSteps === undefined) return bad('invalid_state', 'There is no search.');
    spin(this.#engine.faults.stepMs ?? 0);
    found.rateSteps += steps;
    if (found.rateSteps < 100) return ok({ done: false, step: found.rateSteps });
    delete found.rateSteps;
    return ok({ done: true, step: 100, rates: [1, 2], losses: [4, 3], smoothed: [4, 3.5], suggestion: 0.5 });
  }

  rateEnd(model: number): Reply {
    this.#enter('rateEnd');
    delete this.#model(model).rateSteps;
    return ok(null);
  }

  evaluateBegin(model: number, dataset: number, optionsJson: string): Reply {
    this.#enter('evaluateBegin');
    this.#dataset(dataset);
    const { training = false } = JSON.parse(optionsJson) as { training?: boolean };
    this.#model(model).evaluation = { dataset, images: 0, training };
    return ok(null);
  }

  evaluateSteps(model: number, images: number): Reply {
    this.#enter('evaluateSteps');
    const found = this.#model(model);
    const { evaluation } = found;
    if (!evaluation) return bad('invalid_state', 'There is no evaluation.');
    const { labels, classes } = this.#dataset(evaluation.dataset);
    evaluation.images = Math.min(labels.length, evaluation.images + Math.max(images, 2));
    if (evaluation.images < labels.length) return ok({ done: false, images: evaluation.images });
    found.evaluation = null;
    const confusionMatrix = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
    const scores = { precision: 0.25, recall: 0.25, f1: 0.25 };
    const result = {
      done: true,
      images: labels.length,
      loss: found.weight,
      accuracy: 0.25,
      topK: 5,
      topKAccuracy: 0.5,
      confusionMatrix,
      classes: labels.slice(0, classes).map(() => ({ ...scores, support: 1 })),
      macro: scores,
      calibrationError: 0.1,
    };
    if (!evaluation.training || !found.training) return ok(result);
    // Early stopping after so many validations as its patience says.
    const { training } = found;
    training.validations = (training.validations ?? 0) + 1;
    const patience = training.options.earlyStopping?.patience ?? Infinity;
    training.over = training.validations >= patience;
    return ok({ ...result, trainingDone: training.over || training.epoch >= training.options.epochs, improved: false });
  }

  predict(model: number, pixels: EnginePixels, count: number): Reply {
    this.#enter('predict');
    this.#model(model);
    const floats = new Float32Array(count * 10).fill(0.1);
    floats[0] = pixels[0] ?? 0;
    return ok(null, { floats });
  }

  predictViews(model: number, pixels: EnginePixels, count: number): Reply {
    const { ok: good, ...reply } = this.predict(model, pixels, count) as Extract<Reply, { ok: true }>;
    return { ok: good, ...reply, json: JSON.stringify({ shape: [count, 10], views: 1 }) };
  }

  readPolicy(policyJson: string): Reply {
    this.#enter('readPolicy');
    return ok({ policy: { transform: JSON.parse(policyJson) as unknown }, mixes: false, floats: false });
  }

  transforms(): Reply {
    this.#enter('transforms');
    return ok([]);
  }

  augment(_policyJson: string, pixels: EnginePixels, optionsJson: string): Reply {
    this.#enter('augment');
    const { shape } = JSON.parse(optionsJson) as { shape: [number, number, number, number] };
    return ok(
      { shapes: Array.from({ length: shape[0] }, () => shape.slice(1)), logs: [] },
      { bytes: Uint8Array.from(pixels, (value) => 255 - value) },
    );
  }

  datasetAugment(dataset: number): Reply {
    this.#enter('datasetAugment');
    return ok(this.#addDataset(doubled(this.#dataset(dataset))));
  }

  inspect(model: number, pixels: EnginePixels, layersJson: string): Reply {
    this.#enter('inspect');
    spin(this.#engine.faults.inspectMs ?? 0);
    const names = JSON.parse(layersJson) as string[] | null;
    const layer = names?.[0] ?? 'fc1';
    if (layer !== 'fc1') return bad('not_found', `There is no layer "${layer}".`);
    const floats = new Float32Array([pixels[0] ?? 0, this.#model(model).weight, 0.25, 0.75]);
    const layers = [{ name: 'fc1', type: 'linear', shape: [2, 1, 1], offset: 0, length: 2 }];
    return ok({ layers, probabilities: { offset: 2, length: 2 } }, { floats });
  }

  parameters(model: number, namesJson: string): Reply {
    this.#enter('parameters');
    const names = (JSON.parse(namesJson) as string[] | null) ?? ['fc1.weight'];
    const floats = new Float32Array(names.length).fill(this.#model(model).weight);
    return ok(
      names.map((name, offset) => ({ name, shape: [1, 1], offset, length: 1 })),
      { floats },
    );
  }

  save(model: number, optionsJson: string): Reply {
    this.#enter('save');
    const { optimizer } = JSON.parse(optionsJson) as { optimizer: boolean };
    const found = this.#model(model);
    const { network, seed, weight, layers } = found;
    const aside = optimizer ? (found.training ?? found.aside) : null;
    return ok(null, { bytes: new TextEncoder().encode(JSON.stringify({ network, seed, weight, aside, layers })) });
  }

  exportOnnx(model: number): Reply {
    return this.save(model, '{"optimizer":false}');
  }

  importOnnx(bytes: Uint8Array): Reply {
    return this.load(bytes);
  }

  load(bytes: Uint8Array): Reply {
    this.#enter('load');
    try {
      const saved = JSON.parse(new TextDecoder().decode(bytes)) as FakeModel;
      return ok({ model: this.#addModel({ ...saved, training: null, evaluation: null }) });
    } catch {
      return bad('invalid_file', 'This is not a saved model.');
    }
  }

  disposeModel(model: number): Reply {
    this.#enter('disposeModel');
    return this.models.delete(model) ? ok(null) : bad('not_found', `There is no model ${model}.`);
  }

  disposeDataset(dataset: number): Reply {
    this.#enter('disposeDataset');
    return this.datasets.delete(dataset) ? ok(null) : bad('not_found', `There is no dataset ${dataset}.`);
  }

  delete(): void {
    this.#enter('delete');
  }

  #enter(method: keyof EngineSession): void {
    this.#engine.log.push(method);
    const { faults } = this.#engine;
    if (faults.trapIn !== method) return;
    delete faults.trapIn;
    throw new WebAssembly.RuntimeError('memory access out of bounds');
  }

  #plan(training: FakeTraining): { stepsPerEpoch: number; plannedBytes: number } {
    const { labels } = this.#dataset(training.dataset);
    return { stepsPerEpoch: Math.ceil(labels.length / training.batchSize), plannedBytes: 100 };
  }

  #addModel(model: FakeModel): number {
    this.models.set(++this.#next, model);
    return this.#next;
  }

  #addDataset(data: FakeDataset): { dataset: number; count: number; shape: number[]; classes: number } {
    this.datasets.set(++this.#next, data);
    return { dataset: this.#next, count: data.labels.length, shape: data.shape, classes: data.classes };
  }

  // A number that does not exist is a defect of the library: loud, so that a test sees it.
  #model(model: number): FakeModel {
    const found = this.models.get(model);
    if (!found) throw new Error(`fake engine: no model ${model}`);
    return found;
  }

  #dataset(dataset: number): FakeDataset {
    const found = this.datasets.get(dataset);
    if (!found) throw new Error(`fake engine: no dataset ${dataset}`);
    return found;
  }
}
