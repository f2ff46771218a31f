// The library in Chromium, in a worker, under the page's strict policy: trains, answers while it trains, gives the
// bits that Node and the native strict build give, and survives the death of its worker.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'vite';
import { at } from '../../scripts/lib/paths.mjs';
import { buildHarness, openHarness } from './harness/harness.mjs';
import { undisturbed } from './lab.mjs';

let folder;
let opened;
before(async () => {
  folder = await buildHarness();
  opened = await openHarness(folder);
});
after(async () => {
  await opened?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];

/** The library in Node, bundled for it: TypeScript is not for Node 20. */
async function libraryInNode() {
  const out = fs.mkdtempSync(at('build', 'library-'));
  await build({
    configFile: false,
    root: at('.'),
    logLevel: 'error',
    build: {
      ssr: at('web', 'lib', 'index.ts'),
      outDir: out,
      target: 'node20',
      rollupOptions: {
        external: [/dist\/engine/],
        output: { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' },
      },
    },
  });
  const library = await import(`${out}/index.mjs`);
  return { library, remove: () => fs.rmSync(out, { recursive: true, force: true }) };
}

test('trains LeNet on real digits to 97%, off the main thread', async (context) => {
  const result = await opened.page.evaluate(async () => {
    const striate = await harness.loadStriate();
    const { train, heldOut } = await harness.digits(striate);
    const model = await striate.createModel('lenet', { seed: 1 });
    // The longest time for which the main thread did nothing else.
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const began = performance.now();
    let secondsTo97 = null;
    let imagesTo97 = 0;
    let trainingTo97 = 0;
    let imagesPerSecond = 0;
    let losses = 0;
    const schedule = { type: 'oneCycle', maxLearningRate: 0.02 };
    const options = { epochs: 4, batchSize: 32, seed: 1, schedule, validation: heldOut, validateEvery: 100 };
    for await (const report of model.fit(train, options)) {
      losses += report.losses.length;
      imagesPerSecond = report.imagesPerSecond;
      if (secondsTo97 === null && report.validation?.accuracy >= 0.97) {
        secondsTo97 = (performance.now() - began) / 1000;
        imagesTo97 = report.images;
        trainingTo97 = report.trainingMs / 1000;
      }
    }
    clearInterval(timer);
    const { accuracy } = await model.evaluate(heldOut);
    const { build } = striate.info;
    await striate.close();
    return { accuracy, secondsTo97, imagesTo97, trainingTo97, imagesPerSecond, losses, longest, build };
  });
  context.diagnostic(JSON.stringify(result));
  assert.equal(result.build, 'simd');
  assert.ok(result.accuracy >= 0.97);
  // 5 seconds at the 10,000 images a second that the engine promises. The time itself is for a machine that does nothing
  // else; what can be asked of any is that it goes into training.
  assert.ok(result.imagesTo97 <= 50_000, `${result.imagesTo97} images to 97%`);
  assert.ok(result.secondsTo97 <= Math.max(5, 1.5 * result.trainingTo97), `${result.secondsTo97} s to 97%`);
  assert.equal(result.losses, 4 * 282);
});

/** The same training on the native strict build: SHA-256 of its weights. */
function hashOfStrictBuild(images, labels, { network, augmentation }, threads) {
  const folder = fs.mkdtempSync(at('build', 'bits-'));
  try {
    const file = (name, content) => {
      fs.writeFileSync(path.join(folder, name), content);
      return path.join(folder, name);
    };
    const options = {
      ...{ '--epochs': 2, '--batch': 60, '--rate': 0.02, '--momentum': 0.9, '--decay': 0.0005, '--seed': 7 },
      '--images': file('images', images),
      '--labels': file('labels', labels),
      '--network': typeof network === 'string' ? network : file('network.json', JSON.stringify(network)),
      ...(augmentation && { '--augmentation': file('policy.json', JSON.stringify(augmentation)) }),
      '--dump-weights': path.join(folder, 'weights'),
    };
    const program = at('build', 'native-strict', 'striate');
    const words = ['--threads', threads, 'train', ...Object.entries(options).flat(), '--json'];
    const { status, stderr } = spawnSync(program, words.map(String), { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return createHash('sha256')
      .update(fs.readFileSync(path.join(folder, 'weights')))
      .digest('hex');
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The first `count` of the packed digits as two IDX files. */
function firstDigits(file, count) {
  const header = (bytes) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32BE(count, 4);
    return copy;
  };
  const labelsAt = 16 + 10_000 * 784;
  return {
    images: Buffer.concat([header(file.subarray(0, 16)), file.subarray(16, 16 + count * 784)]),
    labels: Buffer.concat([
      header(file.subarray(labelsAt, labelsAt + 8)),
      file.subarray(labelsAt + 8, labelsAt + 8 + count),
    ]),
  };
}

/** What is trained: LeNet on 9,000 digits, 300 steps; and on 1,200 with all that is drawn by chance. */
const trainings = {
  'LeNet, 300 steps': { network: 'lenet', count: 9000, steps: 300 },
  'dropout and augmentation, 40 steps': {
    network: {
      input: { channels: 1, height: 28, width: 28 },
      layers: [
        { type: 'conv2d', outChannels: 8, kernelSize: 3, padding: 1 },
        { type: 'batchNorm2d' },
        { type: 'relu' },
        { type: 'maxPool2d', kernelSize: 2 },
        { type: 'dropout2d', p: 0.1 },
        { type: 'conv2d', outChannels: 16, kernelSize: 3 },
        { type: 'relu' },
        { type: 'flatten' },
        { type: 'dropout', p: 0.5 },
        { type: 'linear', outFeatures: 10 },
      ],
    },
    augmentation: [
      { type: 'Affine', rotate: [-15, 15], scale: [0.9, 1.1], translate_percent: [-0.1, 0.1], p: 1 },
      { type: 'GaussNoise', p: 0.5 },
    ],
    count: 1200,
    steps: 40,
  },
};
const numbersOfThreads = [1, 2, 4];

for (const [name, training] of Object.entries(trainings)) {
  test(
    `same seed, same bits on 1, 2 and 4 threads in Chromium, in Node and natively: ${name}`,
    {
      timeout: 240_000,
    },
    async (context) => {
      const work = async ({ loadStriate, digits, hashOf }, { network, augmentation, count }, threads) => {
        const striate = await loadStriate({ threads });
        const train = await digits(striate, count);
        const model = await striate.createModel(network, { seed: 7 });
        const optimizer = { type: 'sgd', learningRate: 0.02, momentum: 0.9, weightDecay: 0.0005 };
        const options = { epochs: 2, batchSize: 60, seed: 7, optimizer, ...(augmentation && { augmentation }) };
        const { step } = await model.fit(train, options).done;
        const result = { step, hash: await hashOf(model), threads: striate.info.threads };
        await striate.close();
        return result;
      };
      const { images, labels } = firstDigits(
        fs.readFileSync(at('web', 'public', 'data', 'digits.idx')),
        training.count,
      );
      const { library, remove } = await libraryInNode();
      const tools = {
        loadStriate: library.loadStriate,
        digits: (striate) => striate.datasets.fromIdx(new Uint8Array(images), new Uint8Array(labels)),
        hashOf: async (model) => {
          const all = Float32Array.from((await model.parameters()).flatMap((tensor) => [...tensor.data]));
          return createHash('sha256').update(new Uint8Array(all.buffer)).digest('hex');
        },
      };
      try {
        const { hash } = await work(tools, training, 1);
        for (const threads of numbersOfThreads) {
          const expected = { step: training.steps, hash, threads };
          const inBrowser = `(${work})({ ...harness, digits: harness.firstDigits }, ${JSON.stringify(training)}, ${threads})`;
          assert.deepEqual(await opened.page.evaluate(inBrowser), expected, 'in Chromium');
          assert.deepEqual(await work(tools, training, threads), expected, 'in Node');
          assert.equal(hashOfStrictBuild(images, labels, training, threads), hash, `natively, ${threads} threads`);
        }
        context.diagnostic(`SHA-256 of the weights in all of them: ${hash}`);
      } finally {
        remove();
      }
    },
  );
}

test('a stroke is answered while it trains', async (context) => {
  const measure = async () => {
    const delays = await opened.page.evaluate(async () => {
      const striate = await harness.loadStriate();
      const { train, heldOut } = await harness.digits(striate);
      const model = await striate.createModel('lenet', { seed: 1 });
      const { data } = await heldOut.images([0]);
      const run = model.fit(train, { epochs: 1000, batchSize: 32 });
      await harness.pause(300);
      const delays = [];
      for (let i = 0; i < 100; i++) {
        const asked = performance.now();
        await model.inspect(data, { topic: 'pad' });
        delays.push(performance.now() - asked);
        await harness.pause(16);
      }
      await run.stop();
      await striate.close();
      return delays;
    });
    context.diagnostic(`median ${quantile(delays, 0.5).toFixed(1)} ms, p95 ${quantile(delays, 0.95).toFixed(1)} ms`);
    return { value: quantile(delays, 0.95) };
  };
  const { value } = await undisturbed(50, measure);
  assert.ok(value <= 50, `p95 ${value} ms`);
});

test('the live view costs at most 5% of the training', { timeout: 120_000 }, async (context) => {
  const { turns, frames } = await opened.page.evaluate(async () => {
    const striate = await harness.loadStriate();
    const { train, heldOut } = await harness.digits(striate);
    const { data } = await heldOut.images([0]);
    const watch = { image: data, parameters: ['conv1.weight', 'conv2.weight'], everyMs: 33 };
    let frames = 0;
    // Of half a second: images a second by the clock, and the share of the time that was not spent in training steps.
    const measure = async (options) => {
      const model = await striate.createModel('lenet', { seed: 1 });
      const run = model.fit(train, { epochs: 1000, batchSize: 32, ...options });
      let first = null;
      let last = null;
      for await (const report of run) {
        if (report.watch) frames++;
        first ??= report.elapsedMs > 150 ? report : null;
        last = report;
        if (first && report.elapsedMs - first.elapsedMs > 500) break;
      }
      model.dispose();
      const elapsed = last.elapsedMs - first.elapsedMs;
      return {
        rate: ((last.images - first.images) * 1000) / elapsed,
        aside: 1 - (last.trainingMs - first.trainingMs) / elapsed,
      };
    };
    const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    const turns = [];
    // Turn about, so that a change of the machine's pace meets both; and as often as it takes to tell a cost from what
    // other programs of the machine take.
    while (turns.length < 5 || (turns.length < 25 && median(turns.map((turn) => turn.pace)) < 0.95)) {
      const [without, withView] = [await measure({}), await measure({ watch })];
      turns.push({ pace: withView.rate / without.rate, aside: withView.aside - without.aside });
    }
    await striate.close();
    return { turns, frames };
  });
  const [pace, aside] = ['pace', 'aside'].map((key) =>
    quantile(
      turns.map((turn) => turn[key]),
      0.5,
    ),
  );
  context.diagnostic(
    `${frames} frames, ${turns.length} turns; with the view ${(100 * pace).toFixed(1)}% of the images a second and ` +
      `${(100 * aside).toFixed(1)}% more time beside training steps`,
  );
  assert.ok(frames > 50);
  assert.ok(aside <= 0.05, `${(100 * aside).toFixed(1)}% more time beside training steps`);
  assert.ok(pace >= 0.9, `${(100 * pace).toFixed(1)}% of the images a second`);
});

test('a worker that is killed: training goes on, with the same bits', async (context) => {
  const result = await opened.page.evaluate(async () => {
    const options = { epochs: 3, batchSize: 32, seed: 3 };
    const plain = await harness.loadStriate();
    const { train: sameTrain } = await harness.digits(plain);
    const undisturbed = await plain.createModel('lenet', { seed: 3 });
    await undisturbed.fit(sameTrain, options).done;
    const expected = await harness.hashOf(undisturbed);
    await plain.close();

    const striate = await harness.loadWatched({ checkpointEveryMs: 100 });
    const { train } = await harness.digits(striate);
    const model = await striate.createModel('lenet', { seed: 3 });
    const statuses = [];
    let killedAt = 0;
    let recoveredMs = 0;
    striate.onStatus((status) => {
      statuses.push(status);
      if (status === 'ready') recoveredMs = performance.now() - killedAt;
    });
    const steps = new Set();
    let again = 0;
    for await (const report of model.fit(train, options)) {
      for (let i = 0; i < report.losses.length; i++) {
        if (steps.has(report.firstStep + i)) again++;
        steps.add(report.firstStep + i);
      }
      if (killedAt === 0 && report.step > 300) {
        killedAt = performance.now();
        // As if the browser had taken it: no event comes of this.
        harness.workers.at(-1).terminate();
      }
    }
    const hash = await harness.hashOf(model);
    await striate.close();
    return {
      statuses,
      same: hash === expected,
      steps: steps.size,
      again,
      recoveredMs,
      workers: harness.workers.length,
    };
  });
  context.diagnostic(JSON.stringify(result));
  assert.deepEqual(result.statuses, ['recovering', 'ready', 'closed']);
  assert.ok(result.same);
  assert.equal(result.steps, 846);
  assert.equal(result.workers, 2);
  assert.ok(result.recoveredMs < 5000);
});

test('nothing was asked for off the origin', () => {
  const off = opened.requests.filter((url) => !url.startsWith(opened.url) && !url.startsWith('data:'));
  assert.deepEqual(off, []);
});
