import type { Instant } from '@holdfast/domain';

/** An instant as MySQL reads it in text. */
export function toSqlTime(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, -1).replace('T', ' ');
}
