// Our ONNX files in somebody else's hands: onnxruntime (its WebAssembly build) computes what Striate computes.
//
// Every small network of the zoo and one network a kind of layer, with parameters that hide nothing, two images at once:
// the last layer's values agree to 1e-4 of their largest (measured: below 4e-6). STRIATE_ONNX_FULL=1 takes the large
// networks too, by the native command line: some minutes, and 2 GB of memory.
// Needs: dist/ built, and build/native/striate.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import * as ort from 'onnxruntime-web';
import { loadStriate } from 'striate';
import { at } from '../../scripts/lib/paths.mjs';

const native = at('build', 'native', 'striate');
const large = /^(alexnet(-2012)?|vgg\d+(-bn)?|resnet(18|34|50|101|152))$/;
const tolerance = 1e-4;

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Numbers in 0…1 from a seed (Lehmer). */
function numbers(seed) {
  let state = seed % 2147483647 || 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Start values of 0 and 1 would hide a swapped bias or statistic: those parameters of a saved model become random. */
function unsettled(saved) {
  const bytes = saved.slice();
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  const next = numbers(7);
  for (const [name, { shape, data_offsets: range }] of Object.entries(header)) {
    if (name === '__metadata__' || shape.length !== 1) continue;
    const values = new Float32Array((range[1] - range[0]) / 4);
    const [low, span] = /(running_mean|bias)$/.test(name) ? [-0.2, 0.4] : [0.5, 1];
    for (let i = 0; i < values.length; i += 1) values[i] = low + span * next();
    bytes.set(new Uint8Array(values.buffer), 8 + size + range[0]);
  }
  return bytes;
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Largest difference as a share of the largest expected value. */
function difference(got, expected) {
  assert.equal(got.length, expected.length);
  const scale = largest(expected);
  assert.ok(scale > 0 && Number.isFinite(scale));
  let worst = 0;
  for (let i = 0; i < got.length; i += 1) {
    const one = Math.abs(got[i] - expected[i]);
    assert.ok(Number.isFinite(one), `value ${i} is ${got[i]}`);
    worst = Math.max(worst, one);
  }
  return worst / scale;
}

async function runtime(file, data, shape) {
  const session = await ort.InferenceSession.create(file);
  try {
    assert.deepEqual(session.inputNames, ['input']);
    const results = await session.run({ input: new ort.Tensor('float32', data, shape) });
    return results[session.outputNames[0]];
  } finally {
    await session.release();
  }
}

let striate;
before(async () => {
  striate = await loadStriate();
});
after(() => striate?.close());

async function agrees(network) {
  const seeded = await striate.createModel(network, { seed: 3 });
  const model = await striate.loadModel(unsettled(await seeded.save()));
  seeded.dispose();
  const [channels, height, width] = model.inputShape;
  const pixels = channels * height * width;
  const next = numbers(11);
  const data = Float32Array.from({ length: 2 * pixels }, () => next());
  const shape = [2, channels, height, width];
  const file = await model.exportOnnx();
  const output = await runtime(file, data, shape);

  const last = (await model.summary()).at(-1);
  const expected = [];
  for (const n of [0, 1]) {
    const image = { data: data.slice(n * pixels, (n + 1) * pixels), shape: [1, channels, height, width] };
    const { layers } = await model.inspect(image, { layers: [last.name] });
    expected.push(...layers[0].data);
  }
  assert.equal(output.dims[0], 2);
  const error = difference(output.data, expected);
  assert.ok(error <= tolerance, `they differ by ${error} of the largest value`);

  // And back: the model that comes in again predicts the same.
  const again = await striate.importOnnx(file);
  const before = await model.predict({ data, shape });
  const after = await again.predict({ data, shape });
  assert.deepEqual(after.shape, before.shape);
  assert.ok(difference(after.probabilities, before.probabilities) <= 1e-5);
  again.dispose();
  model.dispose();
}

const zoo = () => {
  const { stderr } = spawnSync(native, ['inspect', '--network', 'no such network', '--json'], { encoding: 'utf8' });
  return /It has (.*)\./.exec(JSON.parse(stderr).error.hint)[1].split(', ');
};

for (const name of zoo().filter((one) => !large.test(one))) {
  test(`onnxruntime agrees: ${name}`, () => agrees(name));
}

// What the zoo does not use. Each ends in something flat, as predict wants it.
const head = [{ type: 'globalAveragePool2d' }, { type: 'flatten' }, { type: 'linear', outFeatures: 5 }];
const stem = { type: 'conv2d', name: 'stem', outChannels: 6, kernelSize: 3, padding: 1 };
const layers = {
  'conv2d, reflected': [{ ...stem, paddingMode: 'reflect' }],
  'conv2d, replicated': [{ ...stem, padding: [2, 0, 1, 3], paddingMode: 'replicate', stride: 2 }],
  'conv2d, padded with a number': [{ ...stem, paddingValue: 0.5 }],
  'conv2d, grouped and dilated': [
    stem,
    { type: 'conv2d', outChannels: 4, kernelSize: [3, 2], dilation: [1, 2], groups: 2 },
  ],
  'conv2d, connected by a table': [stem, { type: 'conv2d', outChannels: 3, kernelSize: 3, connections: [5, 58, 63] }],
  convTranspose2d: [
    stem,
    { type: 'convTranspose2d', outChannels: 3, kernelSize: [3, 2], stride: 2, padding: [1, 0, 1, 1], outputPadding: 1 },
  ],
  'maxPool2d, rounded up': [stem, { type: 'maxPool2d', kernelSize: 3, stride: 2, padding: 1, ceilMode: true }],
  'maxPool2d, dilated': [stem, { type: 'maxPool2d', kernelSize: 2, stride: 1, dilation: [2, 3] }],
  'averagePool2d, rounded up': [stem, { type: 'averagePool2d', kernelSize: 4, stride: 3, ceilMode: true }],
  'averagePool2d, padded and rounded up': [
    stem,
    { type: 'averagePool2d', kernelSize: 3, stride: 2, padding: 1, ceilMode: true },
  ],
  'averagePool2d, padding not counted': [
    stem,
    { type: 'averagePool2d', kernelSize: 3, stride: 2, padding: 1, ceilMode: true, countPadding: false },
  ],
  subsampling2d: [stem, { type: 'subsampling2d', kernelSize: [2, 3] }],
  'batchNorm2d, not affine': [stem, { type: 'batchNorm2d', affine: false, eps: 0.01 }],
  groupNorm: [stem, { type: 'groupNorm', groups: 3 }],
  'groupNorm, one group a channel': [stem, { type: 'groupNorm', groups: 6 }],
  'groupNorm, not affine': [stem, { type: 'groupNorm', groups: 2, affine: false }],
  localResponseNorm: [stem, { type: 'localResponseNorm', size: 5, alpha: 0.5, k: 2 }],
  dropout: [stem, { type: 'dropout' }, { type: 'dropout2d' }],
  reshape: [stem, { type: 'reshape', channels: 12, height: 9, width: -1 }],
  'zeroPad2d, all modes': [
    { type: 'zeroPad2d', padding: [1, 0, 2, 1], value: 0.5 },
    { type: 'zeroPad2d', padding: 2, paddingMode: 'reflect' },
    { type: 'zeroPad2d', padding: 1, paddingMode: 'replicate' },
    stem,
  ],
  'upsample, nearest': [
    stem,
    { type: 'upsample', size: [14, 27] },
    { type: 'conv2d', outChannels: 4, kernelSize: 5, stride: 3 },
  ],
  'upsample, nearest and odd': [
    stem,
    { type: 'upsample', size: [21, 5] },
    { type: 'conv2d', outChannels: 4, kernelSize: 3, stride: 2 },
  ],
  'upsample, bilinear': [
    stem,
    { type: 'upsample', size: [13, 20], mode: 'bilinear' },
    { type: 'conv2d', outChannels: 4, kernelSize: 3, stride: 2 },
  ],
  'upsample, corners aligned': [
    stem,
    { type: 'upsample', scale: 3, mode: 'bilinear', alignCorners: true },
    { type: 'conv2d', outChannels: 4, kernelSize: 3, stride: 2 },
  ],
  merges: [
    stem,
    { type: 'sigmoid', name: 'gate' },
    { type: 'multiply', name: 'gated', inputs: ['stem', 'gate'] },
    { type: 'add', name: 'sum', inputs: ['gated', 'stem', 'gate'] },
    { type: 'concat', inputs: ['sum', 'gated', 'stem'] },
  ],
  'identityShortcut, cutting alone': [stem, { type: 'identityShortcut', outChannels: 6, stride: 3 }],
  'identityShortcut, padding alone': [stem, { type: 'identityShortcut', outChannels: 9, stride: 1 }],
  ...Object.fromEntries(
    ['leakyRelu', 'elu', 'gelu', 'silu', 'hardswish', 'sigmoid', 'tanh', 'scaledTanh', 'softmax', 'logSoftmax'].map(
      (type) => [type, [stem, { type }]],
    ),
  ),
  'gelu, by tanh': [stem, { type: 'gelu', approximate: 'tanh' }],
};
for (const [name, list] of Object.entries(layers)) {
  const input = { channels: 3, height: 9, width: 12, normalize: { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] } };
  test(`onnxruntime agrees: ${name}`, () => agrees({ input, layers: [...list, ...head] }));
}

test('onnxruntime agrees: radialBasis and a softmax at the end', async () => {
  const flat = [{ type: 'flatten' }, { type: 'linear', outFeatures: 8 }, { type: 'tanh' }];
  const input = { channels: 1, height: 6, width: 6 };
  await agrees({ input, layers: [...flat, { type: 'radialBasis', outFeatures: 4, codes: 'random' }] });
  await agrees({ input, layers: [...flat, { type: 'softmax' }] });
});

// Even windows lie differently there; our form of them cannot come back in.
test('onnxruntime agrees: localResponseNorm over an even number of channels', async () => {
  const input = { channels: 3, height: 9, width: 12 };
  const model = await striate.createModel(
    { input, layers: [stem, { type: 'localResponseNorm', size: 4, alpha: 0.5 }, ...head] },
    { seed: 3 },
  );
  const data = Float32Array.from({ length: 3 * 9 * 12 }, numbers(5));
  const output = await runtime(await model.exportOnnx(), data, [1, 3, 9, 12]);
  const { layers: seen } = await model.inspect({ data, shape: [1, 3, 9, 12] }, { layers: ['fc1'] });
  assert.ok(difference(output.data, seen[0].data) <= tolerance);
  await assert.rejects(striate.importOnnx(await model.exportOnnx()), { code: 'unknown_layer', message: /Pow/ });
  model.dispose();
});

const full = process.env.STRIATE_ONNX_FULL ? false : 'STRIATE_ONNX_FULL=1 takes the large networks';
for (const name of zoo().filter((one) => large.test(one))) {
  test(`onnxruntime agrees: ${name}`, { skip: full }, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-onnx-'));
    try {
      const file = path.join(folder, 'model.onnx');
      execFileSync(native, ['export', '--network', name, '--onnx', file, '--sample', path.join(folder, 'sample')]);
      const floats = (end) =>
        new Float32Array(new Uint8Array(fs.readFileSync(path.join(folder, `sample.${end}`))).buffer);
      const data = floats('input');
      const side = Math.sqrt(data.length / 3);
      const output = await runtime(fs.readFileSync(file), data, [1, 3, side, side]);
      const error = difference(output.data, floats('output'));
      assert.ok(error <= tolerance, `they differ by ${error} of the largest value`);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}
