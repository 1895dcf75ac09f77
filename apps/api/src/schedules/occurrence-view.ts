import { fromLocalTime, toLocalTime } from '@holdfast/calendar';
import { idField, nameField, strictObject, timeField } from '@holdfast/contract';
import { SCHEDULE_LIMITS, SKIP_REASONS, TICK_OUTCOMES } from '@holdfast/domain';
import type { OccurrencePosition, OccurrenceRecord, ScheduleRecord } from '@holdfast/persistence';
import { z } from 'zod';
import { cursorField, limitField } from '../http/page.ts';

const time = z.iso.datetime();

/** What became of a tick, or of a trigger. */
export const Occurrence = z
  .object({
    plannedAt: time,
    localTime: z.string().meta({ description: 'What clocks in the zone of the schedule showed' }),
    origin: z.enum(['tick', 'trigger']),
    outcome: z.enum(TICK_OUTCOMES),
    reason: z
      .enum(SKIP_REASONS)
      .nullable()
      .meta({ description: 'Why it was skipped, also if it was backfilled later' }),
    lateMs: z.int().nullable().meta({ description: 'From the tick to the job' }),
    jobId: z.uuid().nullable(),
    decidedAt: time,
  })
  .meta({ id: 'Occurrence' });
export type Occurrence = z.output<typeof Occurrence>;

const CURSOR_FORM = /^\d{1,16}\.(tick|trigger)$/;

export const OccurrenceQuery = strictObject({
  from: timeField().optional().meta({ description: 'Included' }),
  until: timeField().optional().meta({ description: 'Not included' }),
  outcome: z.enum(TICK_OUTCOMES, `must be one of ${TICK_OUTCOMES.join(', ')}`).optional(),
  limit: limitField,
  cursor: cursorField(z.string().regex(CURSOR_FORM)),
});
export type OccurrenceQuery = z.output<typeof OccurrenceQuery>;

/** When, as an instant or as the clocks of the schedule's zone show it. */
export const TickParameters = strictObject({
  name: z.union([nameField(SCHEDULE_LIMITS.nameLength), idField]),
  at: z
    .string()
    .max(40, 'must be a time')
    .meta({ examples: ['2026-03-14T02:00', '2026-03-14T01:00:00Z'] }),
});
export type TickParameters = z.output<typeof TickParameters>;

export function viewOfOccurrence(record: OccurrenceRecord, timezone: string): Occurrence {
  const { plannedAt, origin, outcome, reason, lateMs, jobId, decidedAt } = record;
  return {
    plannedAt: new Date(plannedAt).toISOString(),
    localTime: toLocalTime(plannedAt, timezone),
    origin,
    outcome,
    reason: reason ?? null,
    lateMs: lateMs ?? null,
    jobId: jobId ?? null,
    decidedAt: new Date(decidedAt).toISOString(),
  };
}

export function positionKey({ plannedAt, origin }: OccurrencePosition): string {
  return `${plannedAt}.${origin}`;
}

/** @param cursor of the form that `OccurrenceQuery` lets through */
export function toPosition(cursor: string): OccurrencePosition {
  const [plannedAt = '', origin = ''] = cursor.split('.');
  return { plannedAt: Number(plannedAt), origin: origin === 'tick' ? 'tick' : 'trigger' };
}

/** @returns the instants that are meant: two where a local time comes twice; undefined if it is no time */
export function instantsOf(text: string, { definition }: Pick<ScheduleRecord, 'definition'>): number[] | undefined {
  const instant = timeField().safeParse(text);
  if (instant.success) return [instant.data];
  return fromLocalTime(text, definition.timezone);
}
