/**
 * Runs a callback soon, after the messages that wait have been taken.
 *
 * `setTimeout` will not do: nested timers are delayed by 4 ms. In a worker a MessageChannel is the quickest way round
 * the event loop. In Node it is not: Node takes up to a thousand waiting port messages at one go, so a channel that
 * feeds itself would hold up timers and input; `setImmediate` goes round the whole loop each time.
 */
export interface Ticker {
  /** Asks for one call of the callback; asking again before it came changes nothing. */
  schedule(): void;
  close(): void;
}

declare const setImmediate: ((callback: () => void) => unknown) | undefined;

export function makeTicker(callback: () => void): Ticker {
  let scheduled = false;
  let closed = false;
  const run = (): void => {
    scheduled = false;
    if (!closed) callback();
  };

  if (typeof setImmediate === 'function') {
    const immediate = setImmediate;
    return {
      schedule() {
        if (scheduled || closed) return;
        scheduled = true;
        immediate(run);
      },
      close() {
        closed = true;
      },
    };
  }

  const channel = new MessageChannel();
  channel.port1.onmessage = run;
  return {
    schedule() {
      if (scheduled || closed) return;
      scheduled = true;
      channel.port2.postMessage(null);
    },
    close() {
      closed = true;
      channel.port1.close();
    },
  };
}
