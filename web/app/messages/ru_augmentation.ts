/** Russian texts of the rooms about augmentation: policies, twins, views at test time. */
import type { Messages } from './en.js';
import type { augmentationTexts as english } from './en_augmentation.js';
import { formats } from './formats.js';

const f = formats('ru');

export const augmentationTexts: Pick<Messages, keyof typeof english> = {
  'augmentation.title': 'Аугментации',
  'augmentation.lead':
    'Политика случайно меняет каждую обучающую картинку, в каждой эпохе заново: сеть почти никогда не видит одно и то же дважды.',
  'augmentation.use': 'Учить с ними',
  'augmentation.use.on': 'Политику берут и обучение, и близнецы.',
  'augmentation.use.off': 'Обучение берёт картинки как есть; сравнивают близнецы.',
  'augmentation.presets': 'Политики для начала',
  'augmentation.preset.digits': 'Для цифр',
  'augmentation.preset.photographs': 'Для снимков',
  'augmentation.preset.lecture': 'Список из лекции',
  'augmentation.steps': 'Преобразования политики по порядку',
  'augmentation.empty': 'Нет преобразований: картинки остаются как есть.',
  'augmentation.earlier': (name) => `Применять ${name} раньше`,
  'augmentation.remove': (name) => `Убрать ${name}`,
  'augmentation.add': 'Добавить преобразование',
  'augmentation.add.example': 'blur, noise, crop и другие',
  'augmentation.add.none': 'Такого преобразования движок не знает.',
  'augmentation.p': 'как часто',
  'augmentation.low': (name) => `${name}, от`,
  'augmentation.high': (name) => `${name}, до`,
  'augmentation.more': (count) =>
    `Ещё ${f.whole(count)} ${f.plural(count, { one: 'настройка', few: 'настройки', many: 'настроек', other: 'настройки' })}`,
  'augmentation.nested': 'Это преобразование меняется в JSON.',
  'augmentation.original': 'оригинал',
  'augmentation.draw': (number) => `Розыгрыш ${number}`,
  'augmentation.draws': (count) => `${count} розыгрыша политики. Стрелки переходят, Enter показывает оригинал.`,
  'augmentation.again': (count) => `Другие ${count} розыгрыша`,
  'augmentation.originals': 'Показать оригиналы',
  'augmentation.drawn': 'Показать розыгрыши',
  'augmentation.undo': 'Отменить изменение',
  'augmentation.untouched': 'осталась как есть',
  'augmentation.batch': 'Батч, на котором сеть учится',
  'augmentation.batch.none':
    'Нажмите «Обучить»: здесь появятся картинки текущего шага, такие, какими их получает сеть.',
  'augmentation.batch.step': (step, epoch, count) =>
    `Шаг ${f.whole(step)}, эпоха ${f.whole(epoch)}: ${f.whole(count)} ${f.plural(count, { one: 'картинка', few: 'картинки', many: 'картинок', other: 'картинки' })}`,
  'augmentation.batch.with': 'после политики.',
  'augmentation.batch.plain': 'как есть, без аугментаций.',
  'augmentation.batch.originals': 'как в обучающих данных.',
  'augmentation.json': 'Политика в JSON',
  'augmentation.json.copy': 'Копировать',
  'augmentation.json.long': 'Копировать для Albumentations',
  'augmentation.json.copied': 'Скопировано.',
  'augmentation.json.uncopied': 'Браузер не разрешил копирование.',
  'augmentation.link': 'Копировать ссылку',
  'augmentation.link.copied': 'Ссылка скопирована, политика в ней.',
  'augmentation.good': 'Движок принимает эту политику.',

  'twins.title': 'Обучение близнецов',
  'twins.lead': 'Та же сеть, те же картинки, то же зерно: один близнец с политикой сверху, другой без неё.',
  'twins.images': 'Обучающих картинок',
  'twins.count': (count) => f.whole(count),
  'twins.start': (seconds) => `Пустить близнецов на ${f.whole(seconds)} с`,
  'twins.stop': 'Остановить близнецов',
  'twins.time': (seconds, all) => `${f.tenths(seconds)} из ${f.whole(all)} с`,
  'twins.first': (epochs) =>
    `Оба учатся; первая проверка после ${f.whole(epochs)} ${f.plural(epochs, { one: 'эпохи', few: 'эпох', many: 'эпох', other: 'эпохи' })} у каждого.`,
  'twins.fair': 'Они учатся по очереди: сравнивается всегда один и тот же шаг.',
  'twins.table': 'Точность близнецов',
  'twins.with': 'с политикой',
  'twins.without': 'без неё',
  'twins.unseen': (count, digits) => `${f.whole(count)} незнакомых ${digits ? 'цифр' : 'картинок'}`,
  'twins.training': 'обучающие картинки',
  'twins.gap': 'разрыв между ними',
  'twins.points': (share) => `${f.tenths(100 * share)} п. п.`,
  'twins.short': (share) => f.tenths(100 * share),
  'twins.gain': (share) => `${share < 0 ? '−' : '+'}${f.tenths(Math.abs(100 * share))} п. п.`,
  'twins.says': (count, gain, digits) =>
    `на незнакомых ${digits ? 'цифрах' : 'картинках'} даёт политика при ${f.whole(count)} обучающих картинках. ${
      gain >= 0.02
        ? 'Без неё сеть знает свои картинки наизусть, а чужие хуже.'
        : gain >= 0.005
          ? 'Чем больше настоящих картинок, тем меньше может добавить случай.'
          : gain > -0.01
            ? 'Здесь эта политика ничего не меняет.'
            : 'Такая политика отнимает больше, чем даёт.'
    }`,
  'twins.settled': (epochs) =>
    `После ${f.whole(epochs)} ${f.plural(epochs, { one: 'эпохи', few: 'эпох', many: 'эпох', other: 'эпохи' })}; средние трёх последних проверок.`,
  'twins.invite': 'По немногим картинкам сеть учится наизусть. Посмотрите, что даёт их изменение.',
  'twins.chart': 'Точность обоих близнецов по эпохам на незнакомых и обучающих картинках; числа стоят в таблице.',
  'twins.epoch': (epoch) => `эпоха ${f.whole(epoch)}`,
  'twins.key.unseen': (digits) => (digits ? 'незнакомые цифры' : 'незнакомые картинки'),
  'twins.key.training': 'обучающие картинки',
  'twins.key.gap': 'разрыв в п. п.: выучено наизусть',

  'views.title': 'Аугментации при ответе (TTA)',
  'views.lead': 'Сеть смотрит на одну картинку в нескольких видах и отвечает по всем сразу.',
  'views.set': 'Виды',
  'views.set.shifts': 'сдвиги: 5',
  'views.set.flips': 'отражение: 2',
  'views.set.flipsAndShifts': 'сдвиги и отражения: 10',
  'views.set.tenCrop': 'десять вырезок',
  'views.set.policy': 'оригинал и 8 розыгрышей политики',
  'views.merge': 'Как объединить',
  'views.merge.mean': 'среднее',
  'views.merge.geometricMean': 'среднее геометрическое',
  'views.merge.max': 'наибольшее',
  'views.merge.vote': 'голосование',
  'views.rows': 'Вероятности в каждом виде',
  'views.view': (number) => `Вид ${number}:`,
  'views.differs': 'читается иначе:',
  'views.together': 'все виды вместе',
  'views.differ': (count, all, read) =>
    count === 0
      ? `Во всех видах (${f.whole(all)}) читается ${read}.`
      : `${read} не читается в ${f.whole(count)} из ${f.whole(all)} видов.`,
  'views.plain': 'одна картинка',
  'views.measuring': (count, digits) => `Читаются незнакомые ${digits ? 'цифры' : 'картинки'}: ${f.whole(count)} …`,
  'views.measure': (count, digits) => `Измерить: ${f.whole(count)} незнакомых ${digits ? 'цифр' : 'картинок'}`,
  'views.change': (change, count, digits) =>
    `${change < 0 ? '−' : '+'}${f.tenths(Math.abs(100 * change))} п. п., незнакомых ${digits ? 'цифр' : 'картинок'}: ${f.whole(count)}.`,
  'views.older': (step) => `Измерено на шаге ${f.whole(step)}.`,
};
