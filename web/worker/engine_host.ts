/**
 * The engine's side of the protocol: takes messages, runs short calls at once and long ones in slices, answers.
 *
 * The same host runs in a worker (engine_worker.ts) and, in Node, on the calling thread (in_process.ts). Between two
 * slices it goes round the event loop, so a short call waits for one slice (about 4 ms) at most. Calls with a topic
 * wait until the messages at hand are read: of several of one topic only the latest is served, and the jobs make way
 * for what it is asked for (making_way.ts).
 *
 * A trap of the engine is the end of the host: it says `fatal` and answers nothing more.
 */
import type { BenchmarkCall } from './benchmark_job.js';
import type { CheckedSession } from './checked_session.js';
import { EngineTrap } from './checked_session.js';
import type { LoadedEngine, LoaderOptions } from './engine_loader.js';
import { loadEngine } from './engine_loader.js';
import { StriateError, toWireError } from './errors.js';
import { EvaluationJob } from './evaluation_job.js';
import type { Job, JobHost } from './job.js';
import { frameBuffers } from './live_view.js';
import { MakingWay } from './making_way.js';
import type { CallMessage, CheckpointMessage, FromEngine, OpenArguments, OpenResult, ToEngine } from './protocol.js';
import type { Calls, Method, WireReport } from './protocol.js';
import { RateJob } from './rate_job.js';
import { needsSecondModule } from './second_module.js';
import { shortCall } from './short_calls.js';
import { checkMachine } from './simd_probe.js';
import type { Ticker } from './ticker.js';
import { makeTicker } from './ticker.js';
import { TrainingJob } from './training_job.js';
import type { MemoryUse } from './values.js';

export interface HostOptions extends LoaderOptions {
  readonly post: (message: FromEngine, transfer: ArrayBufferLike[]) => void;
  /** Takes the Web Lock that tells the other side when this worker dies; resolves when it is held. */
  readonly holdLock?: (name: string) => Promise<void>;
  /** For tests. */
  readonly now?: () => number;
}

export class EngineHost implements JobHost {
  readonly #options: HostOptions;
  readonly #ticker: Ticker;
  readonly #jobs: Job[] = [];
  readonly #waiting = new Map<string, CallMessage>();
  readonly #evaluating = new Map<number, Job>();
  readonly #disposeLater = new Set<number>();
  /** Calls whose jobs are still to be fetched. */
  readonly #coming = new Set<number>();
  readonly #way = new MakingWay();
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #engine: LoadedEngine | null = null;
  /** Brings the second module; gone once it is there. */
  #second: (() => Promise<void>) | null = null;
  /** What came while it was being brought, in order. */
  #held: ToEngine[] | null = null;
  #dead = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#ticker = makeTicker(() => this.#tick());
  }

  get session(): CheckedSession {
    if (!this.#engine) throw new StriateError('invalid_state', 'The engine is not open.', 'Send `open` first.');
    return this.#engine.session;
  }

  /** Takes one message. Never throws; whatever goes wrong is answered. */
  receive(message: ToEngine): void {
    if (this.#dead) return;
    if (this.#held) {
      this.#held.push(message);
    } else if (message.kind === 'abort') {
      this.#abort(message.id);
    } else if (message.topic !== null) {
      const key = `${message.method} ${message.topic}`;
      const older = this.#waiting.get(key);
      if (older) this.#fail(older.id, new StriateError('superseded', `A newer ${older.method} took its place.`));
      this.#waiting.delete(key);
      this.#waiting.set(key, message);
      this.#ticker.schedule();
    } else {
      this.#serve(message);
    }
  }

  /** Stops everything, frees the session and sends the threads away; says nothing. */
  close(): void {
    this.#dead = true;
    this.#ticker.close();
    clearTimeout(this.#restTimer);
    this.#jobs.length = 0;
    this.#waiting.clear();
    try {
      this.#engine?.session.close();
    } catch {
      // A session that traps while it is freed: the memory goes with the module.
    }
    this.#engine?.end();
    this.#engine = null;
  }

  // ---- for the jobs

  now(): number {
    return this.#options.now?.() ?? performance.now();
  }

  claimEvaluation(job: Job): boolean {
    const holder = this.#evaluating.get(job.model);
    if (!holder) this.#evaluating.set(job.model, job);
    return !holder || holder === job;
  }

  releaseEvaluation(job: Job): void {
    if (this.#evaluating.get(job.model) === job) this.#evaluating.delete(job.model);
  }

  evaluatedByAnother(job: Job): boolean {
    const holder = this.#evaluating.get(job.model);
    return holder !== undefined && holder !== job;
  }

  answer<M extends Method>(id: number, method: M, value: Calls[M]['result']): void {
    this.#answer(id, method, value, []);
  }

  progress(id: number, report: WireReport): void {
    this.#options.post({ kind: 'progress', id, report }, [report.losses.buffer, ...frameBuffers(report.watch)]);
  }

  checkpoint(message: CheckpointMessage): void {
    this.#options.post(message, [message.bytes.buffer]);
  }

  // ---- calls

  #serve(message: CallMessage): void {
    if (this.#second && needsSecondModule(message)) {
      if (this.#held) this.#held.push(message);
      else void this.#bringSecond(message, this.#second);
      return;
    }
    try {
      this.#call(message);
    } catch (error) {
      this.#caught(message.id, error);
    }
  }

  #call(message: CallMessage): void {
    const { id, method, args } = message;
    switch (method) {
      case 'open':
        void this.#open(id, args);
        return;
      case 'fit':
        if (this.#jobs.some((job) => job instanceof TrainingJob && job.model === args.model)) {
          throw new StriateError(
            'busy',
            'This model is already training.',
            'Stop that run first, or await its `done`.',
          );
        }
        return this.#begin(new TrainingJob(this, id, args));
      case 'fitControl': {
        const job = this.#jobs.find((candidate) => candidate.id === args.fit);
        if (job instanceof TrainingJob) job.control(args.control);
        this.#ticker.schedule();
        return this.answer(id, method, null);
      }
      case 'evaluate':
        return this.#begin(new EvaluationJob(this, id, args.model, args.dataset, args.options));
      case 'findLearningRate':
        if (this.#jobs.some((job) => job instanceof RateJob && job.model === args.model)) {
          throw new StriateError(
            'busy',
            'A learning rate for this model is already being searched.',
            'Await that call first.',
          );
        }
        return this.#begin(new RateJob(this, id, args));
      case 'benchmark':
      case 'benchmarkPeak':
        void this.#beginBenchmark(message);
        return;
      case 'disposeModel':
        for (const job of this.#jobs.filter((candidate) => candidate.model === args.model)) {
          this.#endJob(job);
          this.#fail(job.id, new StriateError('disposed', 'The model was disposed while it was in use.'));
        }
        this.session.disposeModel(args.model);
        return this.answer(id, method, null);
      case 'disposeDataset':
        this.#disposeLater.add(args.dataset);
        this.#disposeDatasets();
        return this.answer(id, method, null);
      default: {
        const { value, transfer } = shortCall(this.session, message);
        this.#answer(id, method, value, transfer);
      }
    }
  }

  async #bringSecond(message: CallMessage, bring: () => Promise<void>): Promise<void> {
    this.#held = [];
    try {
      await bring();
      this.#second = null;
    } catch (error) {
      this.#fail(message.id, error);
    }
    const held = this.#held;
    this.#held = null;
    if (this.#dead) return;
    if (!this.#second) this.#serve(message);
    for (const later of held) this.receive(later);
  }

  async #open(id: number, args: OpenArguments): Promise<void> {
    try {
      checkMachine();
      if (args.lockName !== null && this.#options.holdLock) {
        await this.#options.holdLock(args.lockName);
        this.#options.post({ kind: 'holding' }, []);
      }
      const engine = await loadEngine(this.#options, args);
      if (this.#dead) return engine.end();
      this.#engine = engine;
      this.#second = engine.bringSecond;
      const { session, threads, memoryLimit, notes } = engine;
      const { build, version } = session.buildInfo();
      const result: OpenResult = { build, version, threads, memoryLimit, notes, zoo: session.zoo() };
      this.answer(id, 'open', result);
    } catch (error) {
      this.#caught(id, error);
    }
  }

  // ---- jobs

  /** Few visits measure: the code of it comes when it is first asked for. */
  async #beginBenchmark(message: BenchmarkCall): Promise<void> {
    this.#coming.add(message.id);
    try {
      const { BenchmarkJob } = await import('./benchmark_job.js');
      if (this.#coming.delete(message.id) && !this.#dead) this.#begin(new BenchmarkJob(this, message));
    } catch (error) {
      this.#caught(message.id, error);
    }
  }

  #begin(job: Job): void {
    this.#jobs.push(job);
    this.#ticker.schedule();
  }

  #tick(): void {
    for (const [key, message] of this.#waiting) {
      this.#waiting.delete(key);
      this.#serve(message);
      this.#way.answered(this.now());
    }
    const index = this.#jobs.findIndex((job) => job.runnable());
    const job = this.#jobs[index];
    if (!job || this.#dead) return;
    const rest = this.#way.left(this.now());
    if (rest > 0) {
      clearTimeout(this.#restTimer);
      this.#restTimer = setTimeout(() => this.#ticker.schedule(), rest);
      return;
    }
    // To the end of the row: jobs take turns.
    this.#jobs.splice(index, 1);
    this.#jobs.push(job);
    this.#slice(job);
    this.#way.sliced(this.now());
    if (!this.#dead && this.#jobs.some((candidate) => candidate.runnable())) this.#ticker.schedule();
  }

  #slice(job: Job): void {
    try {
      if (job.slice()) this.#endJob(job);
    } catch (error) {
      if (!(error instanceof EngineTrap)) this.#endJob(job);
      this.#caught(job.id, error);
    }
  }

  #endJob(job: Job): void {
    const index = this.#jobs.indexOf(job);
    if (index >= 0) this.#jobs.splice(index, 1);
    try {
      job.end();
      this.#disposeDatasets();
    } catch (error) {
      this.#caught(job.id, error);
    }
    this.#ticker.schedule();
  }

  #abort(id: number): void {
    this.#coming.delete(id);
    for (const [key, message] of this.#waiting) if (message.id === id) this.#waiting.delete(key);
    const job = this.#jobs.find((candidate) => candidate.id === id);
    if (job) this.#endJob(job);
  }

  /** Frees the datasets that nobody works on any more. */
  #disposeDatasets(): void {
    for (const dataset of this.#disposeLater) {
      if (this.#jobs.some((job) => job.datasets.includes(dataset))) continue;
      this.#disposeLater.delete(dataset);
      this.session.disposeDataset(dataset);
    }
  }

  #answer(id: number, method: Method, value: Calls[Method]['result'], transfer: ArrayBufferLike[]): void {
    // The cast ties method and value together again.
    this.#options.post({ kind: 'result', id, method, value, memory: this.#memory() } as FromEngine, transfer);
  }

  // ---- failures

  #caught(id: number, error: unknown): void {
    if (error instanceof EngineTrap) this.#die(error);
    else this.#fail(id, error);
  }

  #fail(id: number, error: unknown): void {
    if (this.#dead) return;
    this.#options.post({ kind: 'error', id, error: toWireError(error), memory: this.#memory() }, []);
  }

  #die(trap: EngineTrap): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#ticker.close();
    clearTimeout(this.#restTimer);
    this.#jobs.length = 0;
    this.#waiting.clear();
    this.#engine?.end();
    this.#options.post({ kind: 'fatal', error: { code: 'worker_lost', message: trap.message, hint: '' } }, []);
  }

  #memory(): MemoryUse {
    try {
      return this.#engine?.session.memory() ?? { used: 0, size: 0 };
    } catch {
      return { used: 0, size: 0 };
    }
  }
}
