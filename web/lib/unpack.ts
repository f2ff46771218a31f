/** Results as they cross the wire → results as callers see them. Blocks are views of one buffer that is theirs. */
import type {
  WireFrame,
  WireIm2col,
  WireInspection,
  WirePrediction,
  WireReport,
  WireTensors,
} from '../worker/protocol.js';
import type { Im2col, InspectionResult, NamedTensor, WatchFrame } from '../worker/values.js';
import type { Prediction, TrainingReport } from './types.js';

export function unpackTensors({ floats, blocks }: WireTensors): NamedTensor[] {
  return blocks.map(({ name, shape, offset, length }) => ({
    name,
    shape,
    data: floats.subarray(offset, offset + length),
  }));
}

export function unpackInspection({ floats, layout }: WireInspection): InspectionResult {
  const { layers, probabilities } = layout;
  return {
    layers: layers.map(({ name, type, shape, offset, length }) => ({
      name,
      type,
      shape,
      data: floats.subarray(offset, offset + length),
    })),
    probabilities: floats.subarray(probabilities.offset, probabilities.offset + probabilities.length),
  };
}

export function unpackPrediction({ floats, layout, images }: WirePrediction, n: number, classes: number): Prediction {
  const merged = { probabilities: floats.slice(0, n * classes), shape: [n, classes] as const };
  const { views: count, perView: info, viewShape } = layout;
  if (!info || !viewShape || !images) return merged;
  return {
    ...merged,
    views: {
      count,
      probabilities: floats.subarray(n * classes),
      images: { data: images, shape: [n * count, ...viewShape] },
      info,
    },
  };
}

export function unpackIm2col({ floats, layout }: WireIm2col): Im2col {
  const part = ({ offset, length }: { readonly offset: number; readonly length: number }) =>
    floats.subarray(offset, offset + length);
  const { filters, rows, columns } = layout;
  return {
    filters,
    rows,
    columns,
    matrix: part(layout.matrix),
    weights: part(layout.weights),
    product: part(layout.product),
    output: part(layout.output),
  };
}

function unpackFrame({ step, inspection, parameters }: WireFrame): WatchFrame {
  return {
    step,
    ...(inspection && { inspection: unpackInspection(inspection) }),
    ...(parameters && { parameters: unpackTensors(parameters) }),
  };
}

/** `before`: the report before this one, whose loss and accuracy stand when no step was made since. */
export function unpackReport(wire: WireReport, before: TrainingReport | null): TrainingReport {
  const { losses, accuracy, gradientNorm, validation, watch, ...rest } = wire;
  const none = losses.length === 0;
  return {
    ...rest,
    losses,
    loss: none ? (before?.loss ?? NaN) : mean(losses),
    accuracy: none ? (before?.accuracy ?? NaN) : accuracy,
    ...(gradientNorm !== null && { gradientNorm }),
    ...(validation && { validation }),
    ...(watch && { watch: unpackFrame(watch) }),
  };
}

export function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
