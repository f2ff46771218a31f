/**
 * English texts of the lab, and by their types the list of all texts: another language must have every key with the
 * same arguments (`Messages`). Texts are plain; nothing in them is markup.
 */
import { formats } from './formats.js';

const f = formats('en');

export const en = {
  'page.title': 'Striate: watch a network learn to see',
  'page.sentence': 'A small convolutional network learns to read digits, here in this tab. Draw one and watch it see.',
  'page.language': 'Language',
  'page.theme.dark': 'Dark page',
  'page.theme.light': 'Light page',
  'page.skip': 'Skip to the drawing pad',

  'pad.title': 'Draw a 3, or any digit',
  'pad.label': 'Drawing pad',
  'pad.keys': 'Arrow keys move the pen, Space puts it down or lifts it, Backspace takes back a stroke, Delete clears.',
  'pad.pen.down': 'Pen down',
  'pad.pen.up': 'Pen up',
  'pad.cleared': 'The pad is empty',
  'pad.clear': 'Clear',
  'pad.unseen': 'Show an unseen digit',
  'pad.unseen.is': (digit: number) => `One of the held-out digits. It is a ${digit}.`,

  'guess.empty': 'Nothing to read yet',
  'guess.reads': 'It reads',
  'guess.sure': (share: number) => `${f.percent(share, 0)} sure`,
  'guess.untrained': 'not trained yet, so this is chance',
  'correct.ask': 'Not right? This is a…',
  'correct.held': 'Held-out digits stay out of the training data. Draw your own to correct the network.',
  'correct.button': (digit: number) => `This is a ${digit}: add it to the training data`,
  'correct.added': (digit: number) => `Added as a ${digit}.`,
  'correct.learn': 'Train on to learn it.',
  'correct.undo': 'Undo',
  'correct.undone': 'Taken back.',

  'stage.title': 'The network',
  'stage.input': 'It sees',
  'stage.convolution': 'Convolution',
  'stage.pooling': 'Pooling',
  'stage.fully': 'Fully connected',
  'stage.softmax': 'Softmax',
  'stage.softmax.sub': '10 probabilities',
  'stage.map': (layer: string, number: number) => `${layer}, map ${number}`,
  'stage.choose': 'Map whose filters are shown',
  'stage.legend.weights': 'Filter weights from negative to positive',
  'stage.legend.activations': 'Activations from zero to the largest',
  'stage.caption.input':
    'Your drawing in MNIST’s form: fitted into 20 × 20, centred by its mass in 28 × 28. This is all the network gets.',
  'stage.caption.conv1':
    'Each 5 × 5 filter slides over the image. Where its pattern fits, its map darkens with ink; ReLU drops what is negative.',
  'stage.caption.pool1': 'Pooling keeps the largest of each 2 × 2 pixels: half the resolution, same picture.',
  'stage.caption.conv2': (map: number) =>
    `Map ${map} of 16 adds up six filters, one for each pooled map before it. Choose another map to see its filters.`,
  'stage.caption.pool2': 'Pooled again: 16 maps of 5 × 5 are left, 400 numbers.',
  'stage.caption.fully': 'Every unit weighs all the numbers before it: 400 become 120, then 84.',
  'stage.caption.softmax': 'Ten last sums, one a digit; softmax turns them into probabilities that add up to 1.',

  'train.title': 'Training',
  'train.start': 'Train',
  'train.pause': 'Pause',
  'train.resume': 'Resume',
  'train.more': 'Train on',
  'train.reset': 'Reset',
  'train.waiting': (share: number) => `Loading digits, ${f.percent(share, 0)}`,
  'train.starting': 'Starting the engine',
  'train.rate': 'Learning rate',
  'train.batch': 'Batch size',
  'train.rate.value': (rate: number) => f.significant(rate, 3),
  'train.batch.value': (size: number) => f.whole(size),
  'train.batch.spoken': (size: number) =>
    `${f.whole(size)} ${f.plural(size, { one: 'image', other: 'images' })} a step`,
  'train.invite': 'Press Train: in a few seconds it reads digits it has never seen.',
  'train.accuracy': (count: number) => `of ${f.whole(count)} unseen digits read right`,
  'train.accuracy.value': (share: number) => f.percent(share, 1),
  'train.reached': (target: number, seconds: number) =>
    `${f.percent(target, 0)} after ${f.tenths(seconds)} s of training`,
  'train.epoch': (done: number, all: number) => `Epoch ${f.tenths(done)} of ${f.whole(all)}`,
  'train.spoken': (share: number, count: number) =>
    `${f.percent(share, 1)} of ${f.whole(count)} unseen digits read right`,
  'train.spoken.finished': 'Training finished.',
  'train.spoken.paused': 'Training paused.',

  'curve.loss': 'Loss by epoch',
  'curve.accuracy': 'Accuracy by epoch',
  'curve.training': 'training',
  'curve.unseen': 'unseen',
  'curve.at': (epoch: number) => `epoch ${f.tenths(epoch)}`,
  'curve.table': 'Loss and accuracy on unseen digits, by epoch',
  'curve.table.epoch': 'Epoch',
  'curve.table.seconds': 'Seconds',
  'curve.table.loss': 'Loss',
  'curve.table.accuracy': 'Accuracy',
  'curve.number': (value: number) => f.significant(value, 3),
  'curve.percent': (share: number, decimals: number) => f.percent(share, decimals),

  'data.choose': 'Use your own IDX files…',
  'data.back': 'Back to MNIST',
  'data.mnist': (count: number) => `Training data: ${f.whole(count)} MNIST digits`,
  'data.own': (count: number, name: string) => `Training data: ${f.whole(count)} digits from ${name}`,
  'data.drawings': (count: number) =>
    `and ${f.whole(count)} ${f.plural(count, { one: 'drawing', other: 'drawings' })} of yours.`,
  'data.reading': (name: string) => `Reading ${name}`,
  'data.using': (count: number) => `Now training on ${f.whole(count)} digits of yours.`,
  'data.need.labels': (name: string) =>
    `${name} holds images. Now choose its labels (IDX, e.g. train-labels-idx1-ubyte).`,
  'data.need.images': (name: string) =>
    `${name} holds labels. Now choose its images (IDX, e.g. train-images-idx3-ubyte).`,
  'data.not.idx': (name: string) => `${name} is not an IDX file.`,
  'data.not.idx.hint':
    'An IDX file begins with the bytes 00 00 08 03 (images) or 00 00 08 01 (labels); it may be gzipped. Training goes on with the digits it had.',
  'data.too.large': (name: string, megabytes: number) => `${name} has ${f.whole(megabytes)} MB; the limit is 256 MB.`,
  'data.too.large.hint': 'Choose a smaller set: 60,000 images of 28 × 28 take 47 MB.',
  'data.two.same': 'Two files of the same kind.',
  'data.two.same.hint': 'Choose one file with images and one with labels.',
  'data.shape': (name: string, width: number, height: number) => `${name} has images of ${width} × ${height}.`,
  'data.shape.hint': 'This network takes 28 × 28 images. Training goes on with the digits it had.',
  'data.classes': (name: string, label: number) => `${name} has the label ${label}.`,
  'data.classes.hint': 'Labels are the digits 0 to 9. Training goes on with the digits it had.',
  'data.drop': 'Drop IDX files to train on them',
  'data.gzip': (name: string) => `${name} cannot be unpacked.`,
  'data.gzip.hint': 'It begins like a gzip file but is damaged. Unpack it first, or fetch it again.',

  'machine.label': 'What the machine does',
  'machine.engine': 'Engine',
  'machine.threads': (count: number) => `${count} ${f.plural(count, { one: 'thread', other: 'threads' })}`,
  'machine.speed': (images: number) => `${f.whole(images)} images/s`,
  'machine.work': (gflops: number) => `${f.tenths(gflops)} GFLOP/s`,
  'machine.since': (seconds: number) => `${f.tenths(seconds)} s since Train`,
  'machine.memory': (megabytes: number) => `${f.whole(megabytes)} MB`,
  'machine.seed': (seed: number) => `seed ${seed}`,
  'machine.none': '–',

  'notice.dismiss': 'Dismiss',
  'notice.retry': 'Try again',
  'notice.digits': 'The digits did not arrive.',
  'notice.digits.hint': 'Check that the server is running, then try again. Drawing and the network work without them.',
  'notice.recovering': 'The engine stopped; starting a new one.',
  'notice.recovered': (step: number) =>
    step > 0
      ? `The engine had stopped. A new one took over and went on from step ${f.whole(step)}.`
      : 'The engine had stopped. A new one took over; nothing was lost.',
  'notice.lost': 'The engine stopped and could not be started again.',
  'notice.lost.hint': 'Your drawing and the curves are still here. Try again, or reload the page.',

  'error.invalid_argument': 'A setting is outside its range.',
  'error.invalid_shape': 'Sizes do not fit.',
  'error.invalid_file': 'This file does not hold what it promises.',
  'error.invalid_json': 'This text is not the JSON that was expected.',
  'error.unknown_layer': 'The network has a layer the engine does not know.',
  'error.not_finite': 'Training stopped: the numbers ran out of range. The weights of the last good step were kept.',
  'error.not_finite.hint': 'Lower the learning rate, then press Train on; or Reset.',
  'error.out_of_memory': 'This does not fit into memory.',
  'error.invalid_state': 'That cannot be done just now.',
  'error.not_found': 'Something that was asked for is not there.',
  'error.io': 'A file could not be read.',
  'error.aborted': 'Stopped.',
  'error.superseded': 'Replaced by a newer request.',
  'error.busy': 'The network is already training.',
  'error.closed': 'The engine was closed.',
  'error.disposed': 'What was asked for had been thrown away.',
  'error.worker_lost': 'The engine stopped.',
  'error.load_failed': 'The engine could not be loaded.',
  'error.load_failed.hint': 'Check that the server is running, then reload the page.',
  'error.no_webassembly': 'This browser has no WebAssembly, or it is switched off.',
  'error.no_webassembly.hint': 'Use a current Firefox, Chromium or Safari.',
  'error.no_simd': 'This browser’s WebAssembly has no SIMD, which the engine is built on.',
  'error.no_simd.hint': 'Use Chromium 91, Firefox 89, Safari 16.4 or later.',
  'error.self_test_failed': 'The engine computed something wrong on this machine, so it was not started.',
  'error.internal': 'Striate made a mistake.',
} satisfies Record<string, string | ((...values: never[]) => string)>;

type Same<T> = T extends (...values: infer A) => string ? (...values: A) => string : string;
/** What a language must have. */
export type Messages = { readonly [K in keyof typeof en]: Same<(typeof en)[K]> };
