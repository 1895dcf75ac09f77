import { toLocalTime } from '@holdfast/calendar';
import { TICK_OUTCOMES, type Instant, type SkipReason } from '@holdfast/domain';
import type { OccurrenceRecord, ScheduleRecord } from '@holdfast/persistence';
import { z } from 'zod';
import { Occurrence, viewOfOccurrence } from './occurrence-view.ts';

const VERDICTS = [...TICK_OUTCOMES, 'planned', 'due', 'not-planned', 'unknown'] as const;

/** Whether the run of a certain time happened; two answers for a time that came twice. */
export const TickAnswer = z.object({
  items: z.array(
    z.object({
      at: z.iso.datetime(),
      localTime: z.string(),
      verdict: z.enum(VERDICTS),
      detail: z.string(),
      occurrence: Occurrence.nullable(),
    }),
  ),
});
export type TickAnswer = z.output<typeof TickAnswer>;

interface Known {
  readonly record: OccurrenceRecord | undefined;
  /** As the schedule is now. */
  readonly isPlanned: boolean;
  readonly now: Instant;
}

const SKIPPED: Readonly<Record<SkipReason, string>> = {
  overlap: 'the job of an earlier tick had not finished',
  paused: 'the schedule was paused',
  gap: 'clocks were set forward over its time, and the policy for gaps is to skip',
  misfire: 'it was missed for more than a minute, and the policy for misfires does not make up for it',
};

export function explainTick(schedule: ScheduleRecord, at: Instant, known: Known): TickAnswer['items'][number] {
  const { timezone } = schedule.definition;
  const [verdict, detail] = known.record ? ofRecord(known.record) : ofNothing(schedule, at, known);
  const occurrence = known.record ? viewOfOccurrence(known.record, timezone) : null;
  return { at: new Date(at).toISOString(), localTime: toLocalTime(at, timezone), verdict, detail, occurrence };
}

type Answer = readonly [(typeof VERDICTS)[number], string];

function ofRecord({ outcome, reason, lateMs = 0, jobId = '' }: OccurrenceRecord): Answer {
  const why = reason ? SKIPPED[reason] : 'of no known reason';
  const details = {
    fired: `It ran: job ${jobId} was made ${lateMs} ms after its time.`,
    queued: 'It waits for the job of an earlier tick to finish.',
    skipped: `It did not run: ${why}.`,
    backfilled: `It was backfilled with job ${jobId}.${reason ? ` At its time it did not run: ${why}.` : ''}`,
    triggered: `Somebody triggered it: job ${jobId}.`,
  };
  return [outcome, details[outcome]];
}

function ofNothing(
  { progress: { nextAt }, createdAt }: ScheduleRecord,
  at: Instant,
  { isPlanned, now }: Known,
): Answer {
  if (!isPlanned) return ['not-planned', 'As the schedule is now, this is not one of its times.'];
  if (nextAt === undefined && at > now) return ['not-planned', 'The schedule has ended before it.'];
  if (at > now) return ['planned', 'It lies ahead.'];
  if (nextAt !== undefined && at >= nextAt) return ['due', 'It is due, and no scheduler has decided it yet.'];
  if (at < createdAt) return ['unknown', 'The schedule did not exist then.'];
  return ['unknown', 'Nothing is known of it: it was not planned then, or its retention is over.'];
}
