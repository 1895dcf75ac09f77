import { Temporal } from 'temporal-polyfill';
import type { Instant } from '@holdfast/domain';

/** What a clock in that zone shows, with its distance from UTC: `2026-03-29T03:00:00+02:00`. */
export function toLocalTime(instant: Instant, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', smallestUnit: instant % 1000 === 0 ? 'second' : 'millisecond' });
}

/**
 * The instants at which a clock in that zone shows a time: two where it comes twice, and where it does not exist the first
 * moment after the gap.
 *
 * @param text such as `2026-03-14T02:00`; undefined is answered if it is none
 */
export function fromLocalTime(text: string, zone: string): Instant[] | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(text)) return undefined;
  try {
    const time = Temporal.PlainDateTime.from(text, { overflow: 'reject' });
    const earlier = time.toZonedDateTime(zone, { disambiguation: 'earlier' });
    const later = time.toZonedDateTime(zone, { disambiguation: 'later' });
    if (!earlier.toPlainDateTime().equals(time)) return [endOfGap(earlier).epochMilliseconds];
    return [...new Set([earlier.epochMilliseconds, later.epochMilliseconds])];
  } catch {
    return undefined;
  }
}

function endOfGap(before: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  return before.getTimeZoneTransition('next') ?? before;
}
