/**
 * Warns, once a kind, of models and datasets that were garbage collected without `dispose()`: the engine's memory for
 * them is not given back. Nothing is freed here; when that happens would depend on the garbage collector.
 */
const warned = new Set<string>();

interface Watched {
  readonly kind: 'model' | 'dataset';
  /** The engine was closed, and all memory with it. */
  readonly closed: () => boolean;
}

let registry: FinalizationRegistry<Watched> | null = null;

/** `token`, which must not hold `handle`, ends the watch when it is given to {@link disposed}. */
export function watchForLeak(handle: object, token: object, watched: Watched): void {
  if (typeof FinalizationRegistry === 'undefined') return;
  registry ??= new FinalizationRegistry(({ kind, closed }) => {
    if (warned.has(kind) || closed()) return;
    warned.add(kind);
    console.warn(`Striate: a ${kind} was dropped without dispose(); its memory stays in use until close().`);
  });
  registry.register(handle, watched, token);
}

export function disposed(token: object): void {
  registry?.unregister(token);
}
