import {
  boundedTimetable,
  intervalTimetable,
  type Instant,
  type Recurrence,
  type ScheduleDefinition,
  type Timetable,
} from '@holdfast/domain';
import { readCron } from './cron-pattern.ts';
import { CronTimetable, type ClockChangePolicies } from './cron-timetable.ts';
import { findZone } from './time-zone.ts';

type Timing = Pick<ScheduleDefinition, 'recurrence' | 'timezone' | 'startAt' | 'endAt'>;

/**
 * When the ticks of a schedule come.
 *
 * @param createdAt what an interval counts from if the schedule has no start
 * @throws CronError, or an Error if the zone is unknown
 */
export function timetableOf({ recurrence, timezone, startAt, endAt }: Timing, createdAt: Instant): Timetable {
  if (recurrence.kind === 'every') {
    const anchor = startAt ?? createdAt + recurrence.everyMs;
    return boundedTimetable(intervalTimetable(recurrence.everyMs, anchor), startAt, endAt);
  }
  const zone = findZone(timezone);
  if (!zone) throw new Error(`There is no time zone ${timezone}.`);
  const pattern = readCron(recurrence.cron);
  return boundedTimetable(new CronTimetable(pattern, zone, clockChangesOf(recurrence)), startAt, endAt);
}

/**
 * What a cron expression means where it does not say so: one that names its hours runs once a day, whatever the clocks do;
 * one that runs the day round follows the clock on the wall, and has nothing to make up for.
 */
export function clockChangesOf({ cron, gap, repeat }: Recurrence & { readonly kind: 'cron' }): ClockChangePolicies {
  const { runsAllDay } = readCron(cron);
  return { gap: gap ?? (runsAllDay ? 'skip' : 'after'), repeat: repeat ?? (runsAllDay ? 'both' : 'first') };
}
