/**
 * What the page has to tell: what happened, to which thing, what to do. Each notice has the place where the person
 * looks; a place shows its latest one.
 */
import { StriateError } from 'striate';
import { hasMessage, t } from '../messages/language.svelte.js';

export type Place = 'engine' | 'train' | 'data' | 'images' | 'twins' | 'views' | 'machine';

export interface Notice {
  readonly kind: 'error' | 'note';
  /** Said anew in each language, so functions. */
  readonly text: () => string;
  readonly hint?: () => string;
  /** The engine's own words, in English. */
  readonly detail?: string;
  /** Something to try, with a button. */
  readonly retry?: () => void;
}

/** A refusal in words for the person; without a hint it is a note of what is still missing. */
export class Refusal extends Error {
  readonly notice: Notice;
  constructor(text: () => string, hint?: () => string) {
    super(text());
    this.notice = hint ? { kind: 'error', text, hint } : { kind: 'note', text };
  }
}

export class Notices {
  shown = $state.raw<Partial<Record<Place, Notice>>>({});

  show(place: Place, notice: Notice): void {
    this.shown = { ...this.shown, [place]: notice };
  }

  clear(place: Place): void {
    if (this.shown[place]) this.shown = { ...this.shown, [place]: undefined };
  }

  /** Shows anything thrown. Aborted and superseded calls are no news. */
  fail(place: Place, thrown: unknown, retry?: () => void): void {
    if (thrown instanceof StriateError && (thrown.code === 'aborted' || thrown.code === 'superseded')) return;
    if (thrown instanceof Refusal) this.show(place, thrown.notice);
    else this.show(place, { ...describe(thrown), ...(retry && { retry }) });
  }
}

/** What a person reads of an error: the message of its code, the hint, and the engine's words beneath. */
function describe(thrown: unknown): Notice {
  if (!(thrown instanceof StriateError)) {
    return { kind: 'error', text: () => t('error.internal'), detail: String(thrown) };
  }
  const { code, message, hint } = thrown;
  const hintKey = `error.${code}.hint`;
  return {
    kind: 'error',
    text: () => t(`error.${code}`),
    detail: hasMessage(hintKey) || !hint ? message : `${message} ${hint}`,
    ...(hasMessage(hintKey) && { hint: () => t(hintKey as 'error.not_finite.hint') }),
  };
}
