/** Which language the page speaks, and `t`, which says things in it. */
import { en, type Messages } from './en.js';
import { ru } from './ru.js';

const TABLES = { en, ru } as const satisfies Record<string, Messages>;
export type LanguageCode = keyof typeof TABLES;
/** In the order of the switch, each by its own name. */
export const LANGUAGES: readonly { code: LanguageCode; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ru', name: 'Русский' },
];

let current = $state<LanguageCode>('en');

export const language = {
  get current(): LanguageCode {
    return current;
  },
  /** Speaks `code` from now on; `auto` takes the first language of the browser that there is. */
  use(code: LanguageCode | 'auto'): void {
    current = code === 'auto' ? preferred() : code;
    document.documentElement.lang = current;
    document.title = TABLES[current]['page.title'];
  },
};

type Arguments<K extends keyof Messages> = Messages[K] extends (...values: infer A) => string ? A : [];

/** The text `key` in the current language. Reactive: a text in a template follows the switch. */
export function t<K extends keyof Messages>(key: K, ...values: Arguments<K>): string {
  const message = TABLES[current][key] as string | ((...values: Arguments<K>) => string);
  return typeof message === 'function' ? message(...values) : message;
}

/** Whether there is a text of this name. */
export function hasMessage(key: string): key is keyof Messages {
  return Object.hasOwn(en, key);
}

function preferred(): LanguageCode {
  for (const wanted of navigator.languages) {
    const found = LANGUAGES.find(({ code }) => wanted.toLowerCase().split('-')[0] === code);
    if (found) return found.code;
  }
  return 'en';
}
