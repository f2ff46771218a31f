/** Numbers as a language writes them. The formatters are made once a language. */
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
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const significant = new Map<number, Intl.NumberFormat>();
  const percent = new Map<number, Intl.NumberFormat>();
  const rules = new Intl.PluralRules(locale);
  const kept = <T>(map: Map<number, T>, key: number, make: () => T): T => {
    const value = map.get(key) ?? make();
    map.set(key, value);
    return value;
  };
  return {
    whole: (value) => whole.format(value),
    tenths: (value) => tenths.format(value),
    significant: (value, digits) =>
      kept(
        significant,
        digits,
        () => new Intl.NumberFormat(locale, { maximumSignificantDigits: digits, useGrouping: value >= 10_000 }),
      ).format(value),
    percent: (share, decimals) =>
      kept(
        percent,
        decimals,
        () =>
          new Intl.NumberFormat(locale, {
            style: 'percent',
            minimumFractionDigits: decimals,
            maximumFractionDigits: decimals,
          }),
      ).format(share),
    plural: (count, forms) => forms[rules.select(count) as keyof typeof forms] ?? forms.other,
  };
}
