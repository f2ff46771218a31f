/**
 * What the curves show: loss and accuracy over the course of training, kept short.
 *
 * Reports come some 25 a second, each over whatever steps it holds. They are gathered into points of at least
 * {@link POINT_IMAGES} images, so that the noise of a point does not depend on the machine; when there are more than
 * {@link LIMIT} points, neighbours are merged, so a long run costs no more to draw than a short one. Evaluations on
 * held-out digits are all kept.
 * x is in epochs: passes over the training data.
 */

export interface TrainingPoint {
  readonly epoch: number;
  readonly loss: number;
  /** 0…1, on the batches just trained on. */
  readonly accuracy: number;
  /** How many images stand behind the point. */
  readonly images: number;
}

export interface EvaluationPoint {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Seconds since Train, pauses left out. */
  readonly seconds: number;
}

const LIMIT = 600;
const POINT_IMAGES = 600;

export class History {
  training: TrainingPoint[] = [];
  evaluations: EvaluationPoint[] = [];

  add(point: TrainingPoint): void {
    const last = this.training[this.training.length - 1];
    if (last && last.images < POINT_IMAGES) this.training[this.training.length - 1] = merge(last, point);
    else this.training.push(point);
    if (this.training.length > LIMIT) this.training = mergePairs(this.training);
  }

  addEvaluation(point: EvaluationPoint): void {
    this.evaluations.push(point);
  }

  /** Drops what lies after `epoch`: a recovered training goes back to its checkpoint. */
  rewind(epoch: number): void {
    this.training = this.training.filter((point) => point.epoch <= epoch);
    this.evaluations = this.evaluations.filter((point) => point.epoch <= epoch);
  }

  clear(): void {
    this.training = [];
    this.evaluations = [];
  }

  /** The first evaluation at least as good as `accuracy`. */
  firstAt(accuracy: number): EvaluationPoint | undefined {
    return this.evaluations.find((point) => point.accuracy >= accuracy);
  }
}

/** One point of two that follow each other, weighted by their images. */
function merge(a: TrainingPoint, b: TrainingPoint): TrainingPoint {
  const images = a.images + b.images;
  const mean = (x: number, y: number) => (x * a.images + y * b.images) / images;
  return { epoch: b.epoch, loss: mean(a.loss, b.loss), accuracy: mean(a.accuracy, b.accuracy), images };
}

function mergePairs(points: readonly TrainingPoint[]): TrainingPoint[] {
  const merged: TrainingPoint[] = [];
  for (let k = 0; k + 1 < points.length; k += 2) merged.push(merge(points[k]!, points[k + 1]!));
  if (points.length % 2) merged.push(points[points.length - 1]!);
  return merged;
}
