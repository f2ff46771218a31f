// The lecture's stories, told by trainings: what depth does to a plain network and to a residual one, what a shift does to a
// fully connected network and to a convolutional one, and what several views of an image add at test time.
//
//   node tests/story/story.mjs depth  --cifar10 data_batch_1.bin [--epochs 20] [--only plain20]
//   node tests/story/story.mjs paper  --cifar10 data_batch_1.bin [--epochs 20] [--only plain20]
//   node tests/story/story.mjs shift  --images train-images-idx3-ubyte --labels train-labels-idx1-ubyte [--epochs 5]
//   node tests/story/story.mjs views  --cifar10 data_batch_1.bin --images … --labels … [--only resnet8]
//
// Every network is trained by the native command line with one recipe and one seed. The curves are kept in
// tests/story/curves/<name>.csv, and the tables of README.md are written again from them. Needs the unpacked files of
// CIFAR-10 (binary version) and of MNIST, which do not come with the project; not part of `npm test`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { at } from '../../scripts/lib/paths.mjs';
import { ensureNative } from '../../scripts/lib/setup.mjs';
import { Problem, main, note, step } from '../../scripts/lib/steps.mjs';
import { readDigits, shifted, writeDigits } from './shifted_digits.mjs';
import { writeTables } from './tables.mjs';

const program = at('build', 'native', 'striate');
const curves = at('tests', 'story', 'curves');
const columns = ['epoch', 'loss', 'accuracy', 'heldOutLoss', 'heldOutAccuracy', 'rate'];

/** The objects that the command line prints, one a line. */
async function striate(args, onReport = () => {}) {
  const child = spawn(program, [...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const reports = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    reports.push(JSON.parse(line));
    onReport(reports.at(-1));
  }
  const code = child.exitCode ?? (await new Promise((done) => child.once('close', done)));
  if (code !== 0) throw new Problem(`striate ${args[0]} ended with ${code}`);
  return reports;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Trains one network and keeps its curve: a row an epoch. Loss and accuracy are means over the steps of the epoch. */
async function train(name, args, curve = name) {
  await step(`training ${curve}`, async (detail) => {
    const rows = [columns];
    await striate(['train', '--network', name, '--seed', '1', ...args], (report) => {
      const { epoch, losses, accuracy, validation, learningRate } = report;
      const measured = [mean(losses), accuracy, validation?.loss, validation?.accuracy];
      const numbers = measured.map((value) => value?.toFixed(4) ?? '');
      rows.push([epoch + 1, ...numbers, Number(learningRate.toPrecision(4))]);
      detail(`epoch ${epoch + 1}: loss ${numbers[0]}, held out ${numbers[3]}`);
      fs.writeFileSync(path.join(curves, `${curve}.csv`), `${rows.map((row) => row.join(',')).join('\n')}\n`);
    });
  });
}

const depths = ['resnet20', 'plain20', 'plain56', 'resnet56'];

/** SGD with momentum 0.9, decay 1e-4, a rate that is divided by ten at half and at three quarters. */
function recipe({ cifar10, epochs = '20' }, batch, rate) {
  if (!cifar10) throw new Problem('This story needs --cifar10', 'Give data_batch_1.bin … of CIFAR-10, unpacked.');
  const count = Number(epochs);
  const milestones = [Math.round(count / 2), Math.round((count * 3) / 4)];
  const schedule = JSON.stringify({ schedule: { type: 'multiStep', milestones, unit: 'epoch' } });
  const data = ['--cifar10', ...cifar10, '--validation', '0.1', '--epochs', epochs];
  return [...data, '--batch', batch, '--rate', rate, '--decay', '0.0001', '--options', schedule];
}

// A fifth of the paper's rate and half its batch: in so few epochs the deep networks get somewhere.
async function depth(values) {
  for (const name of values.only ?? depths) await train(name, recipe(values, '64', '0.02'));
}

// K. He et al.'s own: batches of 128, rate 0.1. And one of them with the paper's augmentation, too: four pixels of padding,
// a crop of 32×32, a flip.
async function paper(values) {
  for (const name of values.only ?? depths) await train(name, recipe(values, '128', '0.1'), `${name}-paper`);
  const augmentation = [
    { type: 'PadIfNeeded', min_height: 40, min_width: 40, border_mode: 0 },
    { type: 'RandomCrop', height: 32, width: 32, p: 1 },
    { type: 'HorizontalFlip', p: 0.5 },
  ];
  // The zoo's recipe is the paper's.
  const { cifar10, epochs = '20' } = values;
  const data = ['--cifar10', ...cifar10, '--validation', '0.1', '--epochs', epochs];
  await train('resnet20', [...data, '--options', JSON.stringify({ augmentation })], 'resnet20-augmented');
}

// Trained on centred digits; tested on digits that the training never showed, moved by 0 … 4 pixels.
async function shift({ images, labels, epochs = '5', only }) {
  if (!images || !labels) throw new Problem('shift needs --images and --labels', 'Give the two IDX files of MNIST.');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-story-'));
  try {
    const digits = readDigits(images, labels);
    const cut = Math.floor((digits.count * 5) / 6);
    const files = (name, part) => writeDigits(part, path.join(folder, name));
    const centred = files('train', digits.slice(0, cut));
    const moved = [0, 1, 2, 3, 4].map((most) => files(`test-${most}`, shifted(digits.slice(cut), most, most)));
    const rows = [['network', ...moved.map((_, most) => most)]];
    for (const name of only ?? ['lenet5', 'mlp-lenet5']) {
      const model = path.join(folder, `${name}.safetensors`);
      const recipe = [
        '--batch',
        '64',
        '--rate',
        '0.05',
        '--decay',
        '0.0005',
        '--schedule',
        'oneCycle',
        '--save',
        model,
      ];
      await train(name, [...centred, '--validation', '0.1', '--epochs', epochs, ...recipe]);
      const accuracies = [];
      for (const test of moved) {
        const [report] = await striate(['evaluate', '--model', model, ...test]);
        accuracies.push(report.accuracy.toFixed(4));
      }
      note(`${name}: ${accuracies.join('  ')}`);
      rows.push([name, ...accuracies]);
    }
    fs.writeFileSync(path.join(curves, 'shift.csv'), `${rows.map((row) => row.join(',')).join('\n')}\n`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What is done to the images in training, and the sets of views that make sense for them. */
const looks = {
  cifar10: {
    networks: ['resnet8'],
    epochs: '15',
    recipe: ['--batch', '64', '--rate', '0.1', '--decay', '0.0005', '--schedule', 'oneCycle'],
    augmentation: [
      { type: 'HorizontalFlip', p: 0.5 },
      { type: 'Affine', translate_percent: [-0.125, 0.125], border_mode: 'reflect_101', p: 1 },
    ],
    sets: ['flips', 'shifts', 'flipsAndShifts'],
  },
  digits: {
    networks: ['lenet5'],
    epochs: '5',
    recipe: ['--batch', '64', '--rate', '0.05', '--schedule', 'oneCycle'],
    augmentation: [{ type: 'Affine', translate_percent: [-0.1, 0.1], rotate: [-15, 15], scale: [0.85, 1.15], p: 0.9 }],
    sets: ['shifts'],
  },
};

// Trained on the first images of a set with flips and shifts, or shifts and turns; the others looked at once and in views.
async function views({ cifar10, images, labels, epochs, only }) {
  if (!cifar10 && !images) throw new Problem('views needs --cifar10, or --images and --labels', 'Or all three.');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'striate-story-'));
  const rows = [['network', 'training images', 'test images', 'alone', 'flips', 'shifts', 'flipsAndShifts']];
  try {
    const parts = [];
    if (cifar10) {
      const record = 3073;
      const all = Buffer.concat(cifar10.map((file) => fs.readFileSync(file)));
      const count = all.length / record;
      const cut = Math.round(count * 0.7); // 3,000 of a batch's images tell more than 1,000
      const write = (name, bytes) => {
        fs.writeFileSync(path.join(folder, name), bytes);
        return ['--cifar10', path.join(folder, name)];
      };
      const [train, test] = [all.subarray(0, cut * record), all.subarray(cut * record)];
      parts.push([looks.cifar10, write('train.bin', train), write('test.bin', test), cut, count - cut]);
    }
    if (images) {
      const digits = readDigits(images, labels);
      const [train, test] = [digits.slice(0, 9000), digits.slice(9000, 19_000)];
      const write = (name, part) => writeDigits(part, path.join(folder, name));
      parts.push([looks.digits, write('train', train), write('test', test), train.count, test.count]);
    }
    for (const [look, training, test, ...counts] of parts) {
      for (const name of look.networks.filter((one) => only?.includes(one) ?? true)) {
        const model = path.join(folder, `${name}.safetensors`);
        const options = JSON.stringify({ augmentation: look.augmentation });
        const asked = ['--epochs', epochs ?? look.epochs, ...look.recipe, '--options', options, '--save', model];
        await train(name, [...training, ...asked], `${name}-views`);
        const accuracy = async (...tta) => {
          const [report] = await striate(['evaluate', '--model', model, ...test, ...tta]);
          return report.accuracy.toFixed(4);
        };
        const sets = rows[0].slice(4);
        const seen = [await accuracy()];
        for (const set of sets) seen.push(look.sets.includes(set) ? await accuracy('--tta', set) : '');
        note(`${name}: ${seen.join('  ')}`);
        rows.push([name, ...counts, ...seen]);
      }
    }
    const file = path.join(curves, 'views.csv');
    // Networks that were not asked for keep their rows.
    const made = new Set(rows.map(([name]) => name));
    const kept = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').slice(1) : [];
    const lines = [...rows.map((row) => row.join(',')), ...kept.filter((line) => !made.has(line.split(',')[0]))];
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

await main(async (words) => {
  const { positionals, values } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      cifar10: { type: 'string', multiple: true },
      images: { type: 'string' },
      labels: { type: 'string' },
      epochs: { type: 'string' },
      only: { type: 'string', multiple: true },
    },
  });
  const stories = { depth, paper, shift, views };
  const story = stories[positionals[0]];
  if (!story) throw new Problem(`no story '${positionals[0] ?? ''}'`, 'There are: depth, paper, shift, views.');
  await ensureNative();
  fs.mkdirSync(curves, { recursive: true });
  await story(values);
  writeTables(curves, at('tests', 'story', 'README.md'));
});
