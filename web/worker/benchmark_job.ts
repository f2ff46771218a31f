/** A measurement of the machine, in slices. Fetched when the first one is asked for. */
import { measurePeak, measureRow } from './benchmark.js';
import type { Slices } from './benchmark.js';
import type { Job, JobHost } from './job.js';
import type { Calls, CallMessage } from './protocol.js';

export type BenchmarkMethod = 'benchmark' | 'benchmarkPeak';
export type BenchmarkCall = Extract<CallMessage, { readonly method: BenchmarkMethod }>;

export class BenchmarkJob implements Job {
  readonly id: number;
  /** Its own, which nobody else knows. */
  readonly model = -1;
  readonly datasets: readonly number[] = [];
  readonly #host: JobHost;
  readonly #method: BenchmarkMethod;
  readonly #work: Slices<Calls[BenchmarkMethod]['result']>;

  constructor(host: JobHost, message: BenchmarkCall) {
    this.#host = host;
    this.id = message.id;
    this.#method = message.method;
    const now = (): number => host.now();
    this.#work =
      message.method === 'benchmark'
        ? measureRow(host.session, message.args.workload, message.args.times, now)
        : measurePeak(host.session, message.args.threads, message.args.times, now);
  }

  runnable(): boolean {
    return true;
  }

  slice(): boolean {
    const { done, value } = this.#work.next();
    if (!done) return false;
    this.#host.answer(this.id, this.#method, value);
    return true;
  }

  end(): void {
    this.#work.return(undefined as never);
  }
}
