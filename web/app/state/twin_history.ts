/** What two trainings that differ in one thing have reached, step for step. Accuracies are shares, 0…1. */

export interface TwinPoint {
  /** Passes over the training images so far. */
  readonly epoch: number;
  /** On held-out images. */
  readonly unseen: number;
  /** On the training images as they are, without augmentation. */
  readonly training: number;
}

export interface TwinRound {
  readonly with: TwinPoint;
  readonly without: TwinPoint;
}

/** Images of the first round, and how much longer each is than the one before. */
const FIRST_IMAGES = 500;
const GROWTH = 1.1;
const LARGEST_IMAGES = 8000;
/** The last so many rounds are averaged for what is said in words: one look at 1,000 images is off by a point. */
const SETTLED = 3;

/** Epochs of a round; at least one. */
export function roundEpochs(round: number, count: number): number {
  return Math.max(1, Math.round(Math.min(FIRST_IMAGES * GROWTH ** round, LARGEST_IMAGES) / count));
}

export class TwinHistory {
  rounds: TwinRound[] = [];

  add(round: TwinRound): void {
    this.rounds.push(round);
  }

  clear(): void {
    this.rounds = [];
  }

  /** The means over the last rounds, of both; null before the first. */
  get settled(): TwinRound | null {
    const last = this.rounds.slice(-SETTLED);
    const final = last.at(-1);
    if (!final) return null;
    const mean = (of: (round: TwinRound) => number) => last.reduce((sum, round) => sum + of(round), 0) / last.length;
    const point = (name: 'with' | 'without'): TwinPoint => ({
      epoch: final[name].epoch,
      unseen: mean((round) => round[name].unseen),
      training: mean((round) => round[name].training),
    });
    return { with: point('with'), without: point('without') };
  }
}
