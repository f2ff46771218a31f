/** Types of the engine's own JavaScript, web/engine, that `#engine` names (see the `imports` of package.json). */
import type { EngineFiles } from '../worker/builds.js';
import type { CreateEngine } from '../worker/engine_module.js';

declare const createEngine: CreateEngine;
export default createEngine;
export declare const wasmFiles: EngineFiles['wasmFiles'];
export declare const compileWasm: EngineFiles['compileWasm'];
export declare const processors: EngineFiles['processors'];
export declare const startThread: EngineFiles['startThread'];
export declare const openEngine: EngineFiles['openEngine'];
