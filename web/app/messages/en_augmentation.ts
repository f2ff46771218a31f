/** English texts of the rooms about augmentation: policies, twins, views at test time. */
import { formats } from './formats.js';

const f = formats('en');
const unseen = (digits: boolean) => (digits ? 'unseen digits' : 'unseen images');

export const augmentationTexts = {
  'augmentation.title': 'Augmentation',
  'augmentation.lead':
    'A policy changes each training image by chance, afresh in every epoch: the network hardly sees the same picture twice.',
  'augmentation.use': 'Train with these',
  'augmentation.use.on': 'Train and the twins use this policy.',
  'augmentation.use.off': 'Train takes the images as they are; the twins compare.',
  'augmentation.presets': 'Policies to begin with',
  'augmentation.preset.digits': 'For digits',
  'augmentation.preset.photographs': 'For photographs',
  'augmentation.preset.lecture': 'The lecture’s list',
  'augmentation.steps': 'Transforms of the policy, in their order',
  'augmentation.empty': 'No transform: images stay as they are.',
  'augmentation.earlier': (name: string) => `Apply ${name} earlier`,
  'augmentation.remove': (name: string) => `Remove ${name}`,
  'augmentation.add': 'Add a transform',
  'augmentation.add.example': 'blur, noise, crop …',
  'augmentation.add.none': 'The engine knows no such transform.',
  'augmentation.p': 'how often',
  'augmentation.low': (name: string) => `${name}, from`,
  'augmentation.high': (name: string) => `${name}, up to`,
  'augmentation.more': (count: number) =>
    `${f.whole(count)} more ${f.plural(count, { one: 'option', other: 'options' })}`,
  'augmentation.nested': 'Change this one in the JSON.',
  'augmentation.original': 'original',
  'augmentation.draw': (number: number) => `Draw ${number}`,
  'augmentation.draws': (count: number) => `${count} draws of the policy. Arrow keys move, Enter shows the original.`,
  'augmentation.again': (count: number) => `Try ${count} other draws`,
  'augmentation.originals': 'Show originals',
  'augmentation.drawn': 'Show what was drawn',
  'augmentation.undo': 'Undo the last change',
  'augmentation.untouched': 'left as it is',
  'augmentation.batch': 'The batch in training',
  'augmentation.batch.none': 'Press Train: the images of the step under way appear here, as the network gets them.',
  'augmentation.batch.step': (step: number, epoch: number, count: number) =>
    `Step ${f.whole(step)}, epoch ${f.whole(epoch)}: ${f.whole(count)} ${f.plural(count, { one: 'image', other: 'images' })}`,
  'augmentation.batch.with': 'as the policy made them.',
  'augmentation.batch.plain': 'as they are, without augmentation.',
  'augmentation.batch.originals': 'as the training data has them.',
  'augmentation.json': 'The policy as JSON',
  'augmentation.json.copy': 'Copy',
  'augmentation.json.long': 'Copy for Albumentations',
  'augmentation.json.copied': 'Copied.',
  'augmentation.json.uncopied': 'The browser did not let it be copied.',
  'augmentation.link': 'Copy link',
  'augmentation.link.copied': 'The link is copied; it holds the policy.',
  'augmentation.good': 'The engine takes this policy.',

  'twins.title': 'Twin training',
  'twins.lead': 'The same network, the same images, the same seed: one twin with the policy above, one without.',
  'twins.images': 'Training images',
  'twins.count': (count: number) => f.whole(count),
  'twins.start': (seconds: number) => `Race the twins for ${f.whole(seconds)} s`,
  'twins.stop': 'Stop the twins',
  'twins.time': (seconds: number, all: number) => `${f.tenths(seconds)} of ${f.whole(all)} s`,
  'twins.first': (epochs: number) =>
    `Both learn; the first look comes after ${f.whole(epochs)} ${f.plural(epochs, { one: 'epoch', other: 'epochs' })} of each.`,
  'twins.fair': 'They take turns: what is compared always stands at the same step.',
  'twins.table': 'Accuracy of the twins',
  'twins.with': 'with policy',
  'twins.without': 'without',
  'twins.unseen': (count: number, digits: boolean) => `${f.whole(count)} ${unseen(digits)}`,
  'twins.training': 'training images',
  'twins.gap': 'gap between them',
  'twins.points': (share: number) => `${f.tenths(100 * share)} points`,
  'twins.short': (share: number) => f.tenths(100 * share),
  'twins.gain': (share: number) => `${share < 0 ? '−' : '+'}${f.tenths(Math.abs(100 * share))} points`,
  'twins.says': (count: number, gain: number, digits: boolean) =>
    `on ${unseen(digits)} with the policy, from ${f.whole(count)} training images. ${
      gain >= 0.02
        ? 'Without it the network knows its images by heart and less beyond them.'
        : gain >= 0.005
          ? 'The more real images there are, the less chance has to add.'
          : gain > -0.01
            ? 'Here this policy makes no difference.'
            : 'This policy takes away more than it gives.'
    }`,
  'twins.settled': (epochs: number) => `After ${f.whole(epochs)} epochs; means of the last three looks.`,
  'twins.invite': 'With few images a network learns them by heart. Watch what changing them does.',
  'twins.chart': 'Accuracy of both twins by epoch, on unseen and on training images; the table has the numbers.',
  'twins.epoch': (epoch: number) => `epoch ${f.whole(epoch)}`,
  'twins.key.unseen': unseen,
  'twins.key.training': 'training images',
  'twins.key.gap': 'the gap, in points: known by heart',

  'views.title': 'Test-time augmentation',
  'views.lead': 'The network looks at one image in several views and answers for all of them together.',
  'views.set': 'Views',
  'views.set.shifts': 'shifts: 5',
  'views.set.flips': 'mirror image: 2',
  'views.set.flipsAndShifts': 'shifts and mirror images: 10',
  'views.set.tenCrop': 'ten crops',
  'views.set.policy': 'original and 8 draws of the policy',
  'views.merge': 'Put together by',
  'views.merge.mean': 'mean',
  'views.merge.geometricMean': 'geometric mean',
  'views.merge.max': 'largest',
  'views.merge.vote': 'vote',
  'views.rows': 'Probabilities in each view',
  'views.view': (number: number) => `View ${number}:`,
  'views.differs': 'reads something else:',
  'views.together': 'all views together',
  'views.differ': (count: number, all: number, read: string) =>
    count === 0
      ? `All ${f.whole(all)} views read ${read}.`
      : `${f.whole(count)} of ${f.whole(all)} views ${f.plural(count, { one: 'does', other: 'do' })} not read ${read}.`,
  'views.plain': 'the image alone',
  'views.measuring': (count: number, digits: boolean) => `Reading ${f.whole(count)} ${unseen(digits)} …`,
  'views.measure': (count: number, digits: boolean) => `Measure on ${f.whole(count)} ${unseen(digits)}`,
  'views.change': (change: number, count: number, digits: boolean) =>
    `${change < 0 ? '−' : '+'}${f.tenths(Math.abs(100 * change))} points on ${f.whole(count)} ${unseen(digits)}.`,
  'views.older': (step: number) => `Measured at step ${f.whole(step)}.`,
};
