/** Types of the glue code that `#engine` names (see the `imports` of package.json). */
import type { CreateEngine } from '../worker/engine_module.js';
import type { OpenSecond } from '../worker/second_module.js';

declare const createEngine: CreateEngine;
export default createEngine;
export declare const openSecond: OpenSecond;
