/**
 * The training on stage: its phase, its curves, and everything a person does to it.
 *
 *   idle ─ start → running ⇄ paused,  running → finished ─ start → running (more epochs),  any ─ reset → idle
 *
 * One library training (`TrainingRun`) is one *leg*: it ends when its epochs are done, or is ended to go on with other
 * data. Counters and curves (`progress`) run through all legs until a reset.
 */
import { StriateError, type TrainingBatch, type TrainingChange, type TrainingReport, type TrainingRun } from 'striate';
import { t } from '../messages/language.svelte.js';
import type { Experiment } from './experiment.js';
import type { Live } from './live.svelte.js';
import { descentOf, type NetworkName } from './network.js';
import type { Notices } from './notices.svelte.js';
import type { Pad } from './pad.svelte.js';
import { trainingPolicy } from './policy.js';
import { Progress } from './progress.svelte.js';
import type { Workbench } from './workbench.svelte.js';

export type Phase = 'idle' | 'running' | 'paused' | 'finished';

/** Images between two looks at the held-out digits: half a pass over MNIST's 9,000. */
const IMAGES_BETWEEN_EVALUATIONS = 4500;
/** Below so many times chance, classes are guessed. */
const DEAD = 2;
/** Of what the network makes of the drawing. On two cores, painting takes its time from the training: an eighth, 30 times a second. */
const WATCH_EVERY_MS = navigator.hardwareConcurrency > 2 ? 33 : 100;
/** A moving pen is answered by `inspect`; the frames of the training follow it when it rests. */
const PEN_RESTS_MS = 80;

export class Training {
  phase = $state<Phase>('idle');
  /** The Train button was pressed before the digits were there. */
  wanted = $state(false);
  /** Epochs after which the training stops by itself. */
  plannedEpochs = $state(0);
  /** The rate was changed while training, so it no longer rises and falls. */
  rateHeld = $state(false);
  readonly progress = new Progress();

  readonly #experiment: Experiment;
  readonly #bench: Workbench;
  readonly #pad: Pad;
  readonly #live: Live;
  readonly #notices: Notices;
  #run: TrainingRun | null = null;
  #leg: Promise<void> | null = null;
  #interrupted = false;
  /** A new engine took over while it trained; the next report of steps says where it went on. */
  #recovered = false;
  #watchedVersion = -1;
  #watchTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(experiment: Experiment, bench: Workbench, pad: Pad, live: Live, notices: Notices) {
    this.#experiment = experiment;
    this.#bench = bench;
    this.#pad = pad;
    this.#live = live;
    this.#notices = notices;
    pad.onChange(() => {
      clearTimeout(this.#watchTimer);
      this.#watchTimer = setTimeout(() => void this.#watchPad(), PEN_RESTS_MS);
    });
  }

  /** The one primary action: Train, Pause, Resume or Train on, whichever fits. */
  async press(): Promise<void> {
    try {
      if (this.phase === 'running') await this.#pause();
      else if (this.phase === 'paused') await this.#resume();
      else if (this.#bench.ready) this.#start(this.#experiment.epochs);
      else this.wanted = !this.wanted;
    } catch (error) {
      this.#notices.fail('train', error);
    }
  }

  /** To be called when the workbench is ready: the press may have come before. */
  startIfWanted(): void {
    if (this.wanted && this.#bench.ready && this.phase === 'idle') this.#start(this.#experiment.epochs);
    this.wanted = false;
  }

  /** Ends the training and goes back to the initial weights of the seed; `change` may put other images on stage before. */
  async reset(network?: NetworkName, change?: () => Promise<void>): Promise<void> {
    this.wanted = this.#interrupted = false;
    this.#notices.clear('train');
    await this.#endLeg();
    try {
      await change?.();
      await this.#bench.makeModel(this.#experiment.seed, network);
    } catch (error) {
      this.#notices.fail('train', error);
    }
    this.phase = 'idle';
    this.plannedEpochs = 0;
    this.rateHeld = false;
    this.progress.reset();
  }

  /** Passes a changed learning rate or batch size on to the training under way. A changed rate is held from then on. */
  async configure(change: TrainingChange): Promise<void> {
    if (!this.#run) return;
    if (change.learningRate !== undefined) this.rateHeld = true;
    try {
      await this.#run.configure(change);
    } catch (error) {
      this.#notices.fail('train', error);
    }
  }

  /** Runs `change`, which replaces the training data, and goes on as before with what it left. */
  async withOtherData(change: () => Promise<void>): Promise<void> {
    const was = this.phase;
    await this.#endLeg();
    try {
      await change();
    } finally {
      const left = this.plannedEpochs - this.progress.now.epoch;
      if ((was === 'running' || was === 'paused') && left > 0) {
        this.#start(Math.max(1, Math.ceil(left)));
        if (was === 'paused') await this.#pause();
      } else {
        this.phase = was;
      }
    }
  }

  /** Goes on with the policy that the experiment has now. */
  async changeAugmentation(): Promise<void> {
    if (this.#run) await this.withOtherData(async () => {});
  }

  /** The batch of the last step; null while nothing trains. */
  async batch(): Promise<TrainingBatch | null> {
    return (await this.#run?.batch()) ?? null;
  }

  /** A new engine took over. Goes on with what was left when the old one was lost for good. */
  goOn(): void {
    this.#recovered = this.phase === 'running';
    const left = this.plannedEpochs - this.progress.now.epoch;
    if (this.#interrupted && left > 0) this.#start(Math.max(1, Math.ceil(left)));
    this.#interrupted = false;
  }

  #start(epochs: number): void {
    const { train, heldOut, model } = this.#bench;
    if (!train || !heldOut || !model) return;
    const { seed, learningRate, batchSize, network } = this.#experiment;
    const { momentum, nesterov, weightDecay, warmup, averageDecay, clipNorm } = descentOf(network, train.count);
    const augmentation = trainingPolicy(this.#experiment);
    this.wanted = false;
    this.#recovered = false;
    this.#notices.clear('train');
    const { epoch, step } = this.progress.now;
    this.progress.begin();
    this.plannedEpochs = epoch + epochs;
    this.phase = 'running';
    this.rateHeld = false;
    this.#watchedVersion = this.#pad.version;
    const run = model.fit(train, {
      epochs,
      batchSize,
      // Another leg takes other orders than the legs before it.
      seed: (seed + step) % 2 ** 32,
      optimizer: { type: 'sgd', momentum, nesterov, weightDecay },
      // Up to the rate and down to almost nothing: reaches further in a few passes than any constant rate.
      schedule: { type: 'oneCycle', maxLearningRate: learningRate, warmup },
      ...(averageDecay && { averageWeights: { decay: averageDecay } }),
      ...(clipNorm && { clipNorm }),
      ...(augmentation && { augmentation }),
      validation: heldOut,
      validateEvery: Math.max(1, Math.round(IMAGES_BETWEEN_EVALUATIONS / batchSize)),
      watch: this.#watch(),
    });
    this.#run = run;
    this.#leg = this.#follow(run, train.count);
  }

  /** Takes the reports of a leg to its end. */
  async #follow(run: TrainingRun, images: number): Promise<void> {
    try {
      for await (const report of run) this.#take(report, images);
      const { reason } = await run.done;
      if (this.#run === run && reason === 'finished') this.phase = 'finished';
    } catch (error) {
      if (this.#run !== run) return;
      this.phase = 'finished';
      // The engine is gone and the library could not replace it: whoever revives it has `goOn` called.
      this.#interrupted = isLoss(error);
      if (!this.#interrupted) this.#notices.fail('train', error);
    } finally {
      this.progress.write();
      if (this.#run === run) this.#run = null;
    }
  }

  #take(report: TrainingReport, images: number): void {
    const { from, wentBack } = this.progress.take(report, images);
    // A checkpoint of the very last step shown means no step back, and a recovery all the same.
    if (wentBack || (this.#recovered && report.losses.length > 0)) {
      this.#recovered = false;
      this.#notices.show('engine', { kind: 'note', text: () => t('notice.recovered.training', from) });
    }
    const { validation, watch } = report;
    if (validation) this.#judge(validation.accuracy);
    if (watch?.parameters) this.#live.takeWeights(watch.parameters);
    if (watch?.inspection && this.#watchedVersion === this.#pad.version) {
      this.#live.takeInspection(watch.inspection, this.#pad.pixels, this.#watchedVersion);
    }
    this.#bench.note();
  }

  /** Says when a network has stopped learning: after a whole pass it is still at chance. */
  #judge(accuracy: number): void {
    const dead = accuracy < DEAD / this.#bench.set.classes && this.progress.now.epoch > 0.9;
    if (dead && !this.#bench.ownName) {
      this.#notices.show('train', { kind: 'note', text: () => t('train.dead'), hint: () => t('train.dead.hint') });
    }
  }

  async #pause(): Promise<void> {
    this.phase = 'paused';
    await this.#run?.pause();
    this.progress.write();
  }

  async #resume(): Promise<void> {
    this.phase = 'running';
    this.#notices.clear('train');
    await this.#run?.resume();
  }

  async #endLeg(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    await run?.stop().catch(() => {});
    await this.#leg;
    this.#leg = null;
  }

  #watch() {
    return {
      image: { data: this.#pad.pixels, shape: [1, ...this.#bench.set.shape] as const },
      layers: this.#bench.stage!.layers,
      parameters: this.#bench.stage!.weights,
      everyMs: WATCH_EVERY_MS,
    };
  }

  async #watchPad(): Promise<void> {
    const run = this.#run;
    const version = this.#pad.version;
    if (!run) return;
    this.#watchedVersion = -1; // frames on their way are of either drawing
    await run.watch(this.#watch()).catch(() => {});
    if (this.#run === run) this.#watchedVersion = version;
  }
}

/** Whether the engine itself is gone. */
function isLoss(error: unknown): boolean {
  return error instanceof StriateError && (error.code === 'worker_lost' || error.code === 'load_failed');
}
