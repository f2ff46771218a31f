/** Numbers as a language writes them. A formatter is made when it is first used, then kept: making one takes a while. */
export interface Formats {
  /** 11,240 */
  whole(value: number): string;
  /** Up to `digits` significant digits: 0.05, 1.2, 340. */
  significant(value: number, digits: number): string;
  /** 0.974 → 97.4% */
  percent(share: number, decimals: number): string;
  /** 4.2 (seconds, always one decimal) */
  tenths(value: number): string;
  /** The form of a noun that goes with `count`, by the language's own plural rules. */
  plural(count: number, forms: { one: string; few?: string; many?: string; other: string }): string;
}

export function formats(locale: string): Formats {
  const kept = new Map<string, Intl.NumberFormat>();
  const format = (name: string, value: number, options: Intl.NumberFormatOptions): string => {
    let made = kept.get(name);
    if (!made) kept.set(name, (made = new Intl.NumberFormat(locale, options)));
    return made.format(value);
  };
  let rules: Intl.PluralRules | undefined;
  return {
    whole: (value) => format('whole', value, { maximumFractionDigits: 0 }),
    tenths: (value) => format('tenths', value, decimals(1)),
    significant: (value, digits) => format(`significant ${digits}`, value, { maximumSignificantDigits: digits }),
    percent: (share, places) => format(`percent ${places}`, share, { style: 'percent', ...decimals(places) }),
    plural: (count, forms) => {
      rules ??= new Intl.PluralRules(locale);
      return forms[rules.select(count) as keyof typeof forms] ?? forms.other;
    },
  };
}

const decimals = (places: number) => ({ minimumFractionDigits: places, maximumFractionDigits: places });
