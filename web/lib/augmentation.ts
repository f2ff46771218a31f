/** Policies of augmentation: handles on their JSON. The engine reads it anew with each call, so a recovery needs nothing. */
import { StriateError } from '../worker/errors.js';
import type { DrawnStep, PolicyInfo, PolicyJson, PolicyNode, PolicySource, TestTimeViews } from '../worker/values.js';
import { checkInteger, checkKeys, checkOneOf, checkSeed, invalid, shown } from './check.js';
import { batchFromImageData, checkBatch } from './images.js';
import type { Engine } from './kept_engine.js';
import type { ApplyOptions, AugmentationPolicy, AugmentedImages, ImageBatch, ImageDataLike } from './types.js';

const FORMS = 'Give a list such as [{ type: "Rotate", limit: 20 }], or what Albumentations\' to_dict gives.';

/** Reads a policy in the engine. @throws `invalid_argument`, `invalid_json` */
export async function makePolicy(
  engine: Engine,
  given: PolicyJson | string,
  signal?: AbortSignal,
): Promise<AugmentationPolicy> {
  const policy = checkPolicy(typeof given === 'string' ? parsed(given) : given);
  return new EnginePolicy(engine, await engine.call('readPolicy', () => ({ policy }), { signal }));
}

/** A policy, or its JSON, as plain values of its own. @throws `invalid_argument`, `disposed` */
export function checkPolicy(policy: PolicySource): PolicyJson {
  if (typeof policy !== 'object' || policy === null) throw invalid(`The policy is ${shown(policy)}.`, FORMS);
  try {
    return JSON.parse(JSON.stringify(policy)) as PolicyJson;
  } catch (cause) {
    if (cause instanceof StriateError) throw cause;
    throw new StriateError('invalid_argument', 'The policy is not plain JSON.', FORMS, { cause });
  }
}

/** @throws `invalid_argument` */
export function checkViews(tta: TestTimeViews): TestTimeViews {
  const keys = 'policy' in tta ? ['policy', 'views', 'includeOriginal', 'seed', 'merge'] : ['set', 'merge'];
  checkKeys('tta', tta, keys);
  return 'policy' in tta ? { ...tta, policy: checkPolicy(tta.policy) } : { ...tta };
}

class EnginePolicy implements AugmentationPolicy {
  readonly mixes: boolean;
  readonly floats: boolean;
  readonly #engine: Engine;
  readonly #policy: PolicyNode;
  #disposed = false;

  constructor(engine: Engine, { policy, mixes, floats }: PolicyInfo) {
    this.#engine = engine;
    this.#policy = policy;
    this.mixes = mixes;
    this.floats = floats;
  }

  /** @throws `disposed` */
  #use(): PolicyNode {
    if (!this.#disposed) return this.#policy;
    throw new StriateError('disposed', 'The policy was disposed.', 'Make it again, or dispose it later.');
  }

  async apply(
    images: ImageBatch | ImageDataLike | readonly ImageDataLike[],
    options: ApplyOptions = {},
  ): Promise<AugmentedImages> {
    const policy = this.#use();
    checkKeys('apply options', options, ['seed', 'epoch', 'samples', 'replay', 'channels', 'signal']);
    const { data, shape } = batchOf(images, options.channels ?? 3);
    if (data instanceof Float32Array) throw invalid('images.data are floats.', 'Give bytes 0…255 (a Uint8Array).');
    const own = new Uint8Array(data);
    const samples = options.samples && Array.from(options.samples, (n, i) => checkSeed(`samples[${i}]`, n));
    const args = {
      policy,
      pixels: own,
      shape,
      options: {
        seed: checkSeed('seed', options.seed ?? 0),
        epoch: checkInteger('epoch', options.epoch ?? 0, { least: 0, most: 2 ** 32 - 1 }),
        ...(samples && { samples }),
        ...(options.replay && { replay: checkLogs(options.replay) }),
        log: true,
      },
    };
    const { data: made, layout } = await this.#engine.call('augment', () => args, {
      signal: options.signal,
      transfer: [own.buffer],
    });
    const { shapes, logs = [], mixes } = layout;
    const [first] = shapes;
    const alike = first && shapes.every((one) => one.every((side, i) => side === first[i]));
    return {
      images: { data: made, shape: alike ? [shapes.length, ...first] : null, shapes },
      log: logs,
      ...(mixes && { mixes }),
    };
  }

  toJSON(): PolicyNode {
    return structuredClone(this.#use());
  }

  dispose(): void {
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function batchOf(images: ImageBatch | ImageDataLike | readonly ImageDataLike[], channels: 1 | 3) {
  checkOneOf('channels', String(channels), ['1', '3']);
  if (Array.isArray(images)) return batchWith(batchFromImageData('images', images as ImageDataLike[], channels));
  if (typeof images === 'object' && images !== null && 'width' in images) {
    return batchWith(batchFromImageData('images', [images], channels));
  }
  return batchWith(images as ImageBatch);
}

function batchWith(batch: ImageBatch) {
  const shape = checkBatch('images', batch);
  return { data: batch.data, shape };
}

function checkLogs(logs: ApplyOptions['replay']): readonly (readonly DrawnStep[])[] {
  if (Array.isArray(logs) && logs.every((log) => Array.isArray(log))) return logs as DrawnStep[][];
  throw invalid(`replay is ${shown(logs)}.`, 'Give the `log` that apply gave: one list an image.');
}

function parsed(text: string): PolicyJson {
  try {
    return JSON.parse(text) as PolicyJson;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StriateError('invalid_json', `The policy is not JSON: ${reason}`, FORMS, { cause });
  }
}
