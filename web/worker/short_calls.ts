/** The calls that are done at once: one question to the session, one answer. */
import type { CheckedSession } from './checked_session.js';
import type { CallMessage, Calls, Method } from './protocol.js';

/** Calls that need the host's jobs or its start. */
type HostMethod =
  | 'open'
  | 'fit'
  | 'fitControl'
  | 'evaluate'
  | 'findLearningRate'
  | 'disposeModel'
  | 'disposeDataset'
  | 'benchmark'
  | 'benchmarkPeak';

export type ShortMethod = Exclude<Method, HostMethod>;
export type ShortCall = Extract<CallMessage, { readonly method: ShortMethod }>;

export interface ShortAnswer {
  readonly value: Calls[ShortMethod]['result'];
  /** Buffers in the value that are moved, not copied. */
  readonly transfer: ArrayBufferLike[];
}

/** @throws what the session throws */
export function shortCall(session: CheckedSession, { method, args }: ShortCall): ShortAnswer {
  switch (method) {
    case 'ping':
      return copied(null);
    case 'createModel':
      return copied(session.createModel(args.network, args.seed));
    case 'loadModel':
      return copied(session.load(args.bytes));
    case 'importOnnx':
      return copied(session.importOnnx(args.bytes));
    case 'plannedMemory':
      return copied(session.plannedMemory(args.model, args.batchSize, args.training));
    case 'summary':
      return copied(session.summary(args.model));
    case 'configureLayers':
      return copied(session.configureLayers(args.model, args.change));
    case 'datasetFromIdx':
      return copied(session.datasetFromIdx(args.images, args.labels));
    case 'datasetFromCifar10':
      return copied(session.datasetFromCifar10(args.records));
    case 'datasetSynthetic':
      return copied(session.datasetSynthetic(args.options));
    case 'datasetFromPixels':
      return copied(session.datasetFromPixels(args.pixels, args.labels, args.shape, args.classes));
    case 'datasetSplit':
      return copied(session.datasetSplit(args.dataset, args.validation, args.seed));
    case 'datasetSlice':
      return copied(session.datasetSlice(args.dataset, args.first, args.count));
    case 'datasetAppend':
      session.datasetAppend(args.dataset, args.pixels, args.labels);
      return copied(null);
    case 'datasetImages': {
      const images = session.datasetImages(args.dataset, args.indices);
      return { value: images, transfer: [images.data.buffer] };
    }
    case 'datasetAugment':
      return copied(session.datasetAugment(args.dataset, args.policy, args.options));
    case 'readPolicy':
      return copied(session.readPolicy(args.policy));
    case 'transforms':
      return copied(session.transforms());
    case 'augment': {
      const augmented = session.augment(args.policy, args.pixels, args.shape, args.options);
      return { value: augmented, transfer: [augmented.data.buffer] };
    }
    case 'trainBatch': {
      const batch = session.trainBatch(args.model);
      return { value: batch, transfer: batch ? [batch.data.buffer] : [] };
    }
    case 'predictViews': {
      const views = session.predictViews(args.model, args.pixels, args.count, args.options);
      return { value: views, transfer: [views.floats.buffer, ...(views.images ? [views.images.buffer] : [])] };
    }
    case 'predict': {
      const probabilities = session.predict(args.model, args.pixels, args.count);
      return { value: { probabilities }, transfer: [probabilities.buffer] };
    }
    case 'inspect': {
      const inspection = session.inspect(args.model, args.pixels, args.layers);
      return { value: inspection, transfer: [inspection.floats.buffer] };
    }
    case 'im2col': {
      const unrolled = session.im2col(args.model, args.pixels, args.layer);
      return { value: unrolled, transfer: [unrolled.floats.buffer] };
    }
    case 'parameters': {
      const tensors = session.parameters(args.model, args.names);
      return { value: tensors, transfer: [tensors.floats.buffer] };
    }
    case 'save': {
      const bytes = session.save(args.model, args.optimizer);
      return { value: bytes, transfer: [bytes.buffer] };
    }
    case 'exportOnnx': {
      const bytes = session.exportOnnx(args.model);
      return { value: bytes, transfer: [bytes.buffer] };
    }
  }
}

function copied(value: ShortAnswer['value']): ShortAnswer {
  return { value, transfer: [] };
}
