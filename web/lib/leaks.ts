/**
 * Warns, once a kind, of models and datasets that were garbage collected without `dispose()`: the engine's memory for
 * them is not given back. Nothing is freed here; when that happens would depend on the garbage collector.
 */
const warned = new Set<string>();
let registry: FinalizationRegistry<string> | null = null;

export function watchForLeak(handle: object, kind: 'model' | 'dataset', token: object): void {
  if (typeof FinalizationRegistry === 'undefined') return;
  registry ??= new FinalizationRegistry((lost) => {
    if (warned.has(lost)) return;
    warned.add(lost);
    console.warn(`Striate: a ${lost} was dropped without dispose(); its memory stays in use until close().`);
  });
  registry.register(handle, kind, token);
}

export function disposed(token: object): void {
  registry?.unregister(token);
}
