// The rooms' pure parts: policies as steps, in the address and under sliders; the rounds of the twins.
import type { TransformOption } from 'striate';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatPolicy,
  movedTo,
  nameOf,
  parsePolicy,
  PRESET_NAMES,
  PRESETS,
  sliderValues,
  spanOf,
  stepsOf,
  trainingPolicy,
  writePolicy,
} from '../../web/app/state/policy.js';
import { roundEpochs, TwinHistory } from '../../web/app/state/twin_history.js';

const option = (given: Partial<TransformOption>): TransformOption => ({
  name: 'limit',
  kind: 'range',
  default: [-0.1, 0.1],
  minimum: -1,
  maximum: 1,
  allowed: '',
  doc: '',
  ...given,
});

test('a preset stands in the address by its name, anything else as JSON', () => {
  for (const name of PRESET_NAMES) {
    expect(formatPolicy(PRESETS[name])).toBe(name);
    expect(parsePolicy(name)).toEqual(PRESETS[name]);
  }
  const steps = [{ type: 'Rotate', limit: [-5, 5] }];
  expect(formatPolicy(steps)).toBe('[{"type":"Rotate","limit":[-5,5]}]');
  expect(parsePolicy(formatPolicy(steps))).toEqual(steps);
  for (const wrong of ['', 'digit', '[{', '7', 'null', '[7]', `[{"type":"${'x'.repeat(4000)}"}]`, '__proto__']) {
    expect(parsePolicy(wrong), wrong).toBeUndefined();
  }
});

test('steps of every form a policy has', () => {
  const rotate = { type: 'Rotate', limit: 20 };
  expect(stepsOf([rotate])).toEqual([rotate]);
  expect(stepsOf(rotate)).toEqual([rotate]);
  const serialised = { __class_fullname__: 'albumentations.geometric.Rotate', limit: 20 };
  const dictionary = {
    __version__: '2.0.8',
    transform: { __class_fullname__: 'Compose', p: 1, transforms: [serialised] },
  };
  expect(stepsOf(dictionary)).toEqual([rotate]);
  // A composition that is not always done, or does one of several, is one step.
  const oneOf = { type: 'OneOf', transforms: [rotate] };
  expect(stepsOf([oneOf])).toEqual([oneOf]);
  expect(stepsOf({ type: 'Compose', p: 0.5, transforms: [rotate] })).toHaveLength(1);
  expect(() => stepsOf('Rotate')).toThrow('A transform is an object');
  expect(nameOf({})).toBe('');
});

test('what a person edits is the same policy, a step a line', () => {
  expect(writePolicy([])).toBe('[]');
  expect(writePolicy([{ type: 'Rotate', limit: [-5, 5] }])).toBe('[\n  {"type": "Rotate", "limit": [-5, 5]}\n]');
  fc.assert(
    fc.property(fc.array(fc.record({ type: fc.string(), fill: fc.jsonValue() })), (steps) => {
      const plain = JSON.parse(JSON.stringify(steps)) as typeof steps;
      expect(JSON.parse(writePolicy(plain))).toEqual(plain);
      expect(writePolicy(plain).split('\n')).toHaveLength(plain.length ? plain.length + 2 : 1);
    }),
  );
});

test('a training gets the policy only when it is switched on', () => {
  expect(trainingPolicy({ augment: 'off', policy: 'digits' })).toBeNull();
  expect(trainingPolicy({ augment: 'on', policy: 'digits' })).toEqual(PRESETS.digits);
});

test('sliders reach some way beyond the default, within what is allowed, and always as far as the value', () => {
  expect(spanOf(option({}), [-0.1, 0.1])).toEqual({ least: -0.4, most: 0.4, step: 0.001 });
  expect(spanOf(option({ default: [0, 0], minimum: -3600, maximum: 3600 }), [0, 0])).toMatchObject({
    least: -180,
    most: 180,
  });
  expect(spanOf(option({ default: [0, 0], minimum: -3600, maximum: 3600 }), [0, 400]).most).toBe(400);
  expect(spanOf(option({ kind: 'integer', default: 5, minimum: 1, maximum: 256 }), [5])).toEqual({
    least: 1,
    most: 20,
    step: 1,
  });
  expect(spanOf(option({ kind: 'number', default: 0.5, minimum: 0, maximum: 1 }), [0.5])).toMatchObject({
    least: 0,
    most: 1,
  });
});

test('slider values: numbers, ranges, axes that are alike; nothing else', () => {
  expect(sliderValues(option({ kind: 'number' }), 3)).toEqual([3]);
  expect(sliderValues(option({}), [1, 2])).toEqual([1, 2]);
  expect(sliderValues(option({}), 2)).toBeNull();
  expect(sliderValues(option({ kind: 'axes' }), { x: [1, 2], y: [1, 2] })).toEqual([1, 2]);
  expect(sliderValues(option({ kind: 'axes' }), { x: [1, 2], y: [1, 3] })).toBeNull();
  expect(sliderValues(option({ kind: 'boolean' }), true)).toBeNull();
  expect(movedTo([3], 0, 4)).toBe(4);
  expect(movedTo([1, 2], 0, 5)).toEqual([5, 5]);
  expect(movedTo([1, 2], 1, 0)).toEqual([0, 0]);
});

test('rounds of the twins: whole epochs, longer and longer, never endless', () => {
  expect(roundEpochs(0, 100)).toBe(5);
  expect(roundEpochs(0, 9000)).toBe(1);
  expect(roundEpochs(1000, 100)).toBe(80);
  for (let round = 1; round < 60; round++) {
    expect(roundEpochs(round, 100)).toBeGreaterThanOrEqual(roundEpochs(round - 1, 100));
  }
});

test('what the twins reached is the mean of their last three looks', () => {
  const history = new TwinHistory();
  expect(history.settled).toBeNull();
  for (const [epoch, unseen] of [
    [5, 0.1],
    [10, 0.8],
    [16, 0.9],
    [23, 0.7],
  ] as const) {
    history.add({ with: { epoch, unseen, training: 1 }, without: { epoch, unseen: 0.5, training: 1 } });
  }
  expect(history.settled?.with).toMatchObject({ epoch: 23, training: 1 });
  expect(history.settled?.with.unseen).toBeCloseTo(0.8, 12);
  expect(history.settled?.without.unseen).toBeCloseTo(0.5, 12);
  history.clear();
  expect(history.settled).toBeNull();
});
