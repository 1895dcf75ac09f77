import type { Instant } from '@holdfast/domain';

/** The jobs of a batch mostly have one time, and writing it costs more than all else of their rows. */
let last = { instant: NaN, text: '' };

/** An instant as MySQL reads it in text. */
export function toSqlTime(instant: Instant): string {
  if (instant !== last.instant) {
    last = { instant, text: new Date(instant).toISOString().slice(0, -1).replace('T', ' ') };
  }
  return last.text;
}
