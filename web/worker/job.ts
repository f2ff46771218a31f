/** What the host and its long jobs (trainings, evaluations) know of each other. */
import type { CheckedSession } from './checked_session.js';
import type { StriateError } from './errors.js';
import type { Calls, CheckpointMessage, Method, WireReport } from './protocol.js';

/** A slice of a job should last about this long: a stroke on the pad waits for one slice. */
export const SLICE_MS = 4;

/** Work that is done in slices. */
export interface Job {
  /** Id of the call that asked for it. */
  readonly id: number;
  readonly model: number;
  /** Datasets that must not be freed while the job lives. */
  readonly datasets: readonly number[];
  /** Whether `slice` may be called now. */
  runnable(): boolean;
  /** Does some work and answers the call when done. True: the job is over. May throw: the job is over, the call failed. */
  slice(): boolean;
  /** Leaves the engine clean. The call is not answered. */
  end(): void;
}

/** What the host gives to a job. */
export interface JobHost {
  readonly session: CheckedSession;
  now(): number;
  /** One evaluation a model at a time: true if this job has it now. */
  claimEvaluation(job: Job): boolean;
  releaseEvaluation(job: Job): void;
  /** Another job evaluates this model, so its weights must stand still. */
  evaluatedByAnother(job: Job): boolean;
  answer<M extends Method>(id: number, method: M, value: Calls[M]['result']): void;
  progress(id: number, report: WireReport): void;
  checkpoint(message: CheckpointMessage): void;
}

/** Ends a job whose model goes away. */
export type FailJob = (job: Job, error: StriateError) => void;
