/**
 * The life of a thread of the engine's pool: another instance of the engine's first part over the same memory, with a
 * stack of its own, that works through pieces of layers until the pool ends.
 *
 * It has nothing of JavaScript and nothing of the second part: whatever calls for either traps. So does the engine then,
 * which would else wait for this thread for ever.
 *
 * @param {{ module: WebAssembly.Module, memory: WebAssembly.Memory, names: Record<string, string>, block: number, bytes: number }} task
 * `names`: what the module calls its exports; `block`: memory for stack and thread-local variables
 */
export function serve({ module, memory, names, block, bytes }) {
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const missing = () => {
      throw new Error(`a thread of the engine called for JavaScript (${from}.${name})`);
    };
    (imports[from] ??= {})[name] = kind === 'memory' ? memory : missing;
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  exports[names.setVariables](block);
  exports[names.setStack](block + bytes);
  try {
    exports[names.serve]();
  } catch (error) {
    exports[names.lost]();
    throw error;
  }
}
