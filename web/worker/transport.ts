/** The wire between the client and an engine's host, whatever it is made of. */
import type { FromEngine, ToEngine } from './protocol.js';

export interface Transport {
  /** Set once by the client, before it posts anything. */
  onmessage: ((message: FromEngine) => void) | null;
  /** The other end is gone and will not answer: called once at most. */
  onlost: ((reason: string) => void) | null;
  post(message: ToEngine, transfer: ArrayBufferLike[]): void;
  /** Name of a Web Lock that the host is to hold; null where that is not to be had. */
  readonly lockName: string | null;
  /** The host holds the lock: from now on its death is seen, and before it silence tells. */
  watchLock(): void;
  /** Whether silence may mean death, so that pings make sense. */
  readonly pingable: boolean;
  /** Ends the other end at once. */
  close(): void;
}
