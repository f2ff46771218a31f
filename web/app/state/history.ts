/**
 * What the curves show: loss and accuracy over the course of training, kept short.
 *
 * Training points come with every report (some 25 a second); when there are more than {@link LIMIT}, neighbours are
 * merged, so a long run costs no more to draw than a short one. Evaluations on held-out digits are all kept.
 * x is in epochs: passes over the training data.
 */

export interface TrainingPoint {
  readonly epoch: number;
  readonly loss: number;
  /** 0…1, on the batches just trained on. */
  readonly accuracy: number;
  /** How many steps stand behind the point. */
  readonly steps: number;
}

export interface EvaluationPoint {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Seconds since Train, pauses left out. */
  readonly seconds: number;
}

const LIMIT = 600;

export class History {
  training: TrainingPoint[] = [];
  evaluations: EvaluationPoint[] = [];

  add(point: TrainingPoint): void {
    this.training.push(point);
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

/** Two neighbours become one, weighted by their steps. */
function mergePairs(points: readonly TrainingPoint[]): TrainingPoint[] {
  const merged: TrainingPoint[] = [];
  for (let k = 0; k + 1 < points.length; k += 2) {
    const [a, b] = [points[k]!, points[k + 1]!];
    const steps = a.steps + b.steps;
    const mean = (x: number, y: number) => (x * a.steps + y * b.steps) / steps;
    merged.push({ epoch: b.epoch, loss: mean(a.loss, b.loss), accuracy: mean(a.accuracy, b.accuracy), steps });
  }
  if (points.length % 2) merged.push(points[points.length - 1]!);
  return merged;
}
