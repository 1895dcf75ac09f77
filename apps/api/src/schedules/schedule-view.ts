import { clockChangesOf } from '@holdfast/calendar';
import { idField, nameField, strictObject } from '@holdfast/contract';
import { GAPS, MISFIRES, OVERLAPS, REPEATS, SCHEDULE_LIMITS, type Instant, type JobTemplate } from '@holdfast/domain';
import type { ScheduleRecord } from '@holdfast/persistence';
import { z } from 'zod';
import { entityTagOf } from '../http/entity-tags.ts';
import { cursorField, limitField } from '../http/page.ts';
import { JobSummary } from '../jobs/job-view.ts';

const time = z.iso.datetime();
const milliseconds = z.int().meta({ description: 'Milliseconds' });
const { type, queue, priority, timeout, maxAttempts, backoff, tags } = JobSummary.shape;

/** A schedule, whole: what was asked for, and how far it has come. */
export const Schedule = z
  .object({
    id: z.uuid(),
    name: z.string(),
    cron: z.string().nullable(),
    every: milliseconds.nullable(),
    timezone: z.string(),
    job: z.object({
      type,
      payload: z.record(z.string(), z.unknown()),
      queue,
      priority,
      timeout,
      maxAttempts,
      backoff,
      tags,
      concurrencyKey: z.string().optional(),
      fairnessKey: z.string().optional(),
    }),
    misfire: z.enum(MISFIRES),
    misfireLimit: z.int(),
    overlap: z.enum(OVERLAPS),
    gap: z.enum(GAPS).nullable().meta({ description: 'null for an interval' }),
    repeat: z.enum(REPEATS).nullable().meta({ description: 'null for an interval' }),
    jitter: milliseconds,
    startAt: time.nullable(),
    endAt: time.nullable(),
    maxRuns: z.int().nullable(),
    paused: z.boolean(),
    pausedAt: time.nullable(),
    pausedBy: z.string().nullable().meta({ description: 'The subject of the token' }),
    runs: z.int().meta({ description: 'Ticks that made a job' }),
    lastAt: time.nullable().meta({ description: 'The last tick, whatever became of it' }),
    nextAt: time.nullable().meta({ description: 'The next tick; null: there are no more' }),
    queuedAt: time.nullable().meta({ description: 'The tick that waits for the job of an earlier one' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.output<typeof Schedule>;

export const ScheduleQuery = strictObject({
  limit: limitField,
  cursor: cursorField(nameField(SCHEDULE_LIMITS.nameLength)),
});
export type ScheduleQuery = z.output<typeof ScheduleQuery>;

/** Its name, or its id. */
export const ScheduleParameters = strictObject({ name: z.union([nameField(SCHEDULE_LIMITS.nameLength), idField]) });
export type ScheduleParameters = z.output<typeof ScheduleParameters>;

/** It stands for what somebody decided, and stays when a tick comes. */
export function scheduleTagOf({ id, revision }: Pick<ScheduleRecord, 'id' | 'revision'>): string {
  return entityTagOf([id, revision]);
}

export function viewOfSchedule({ id, name, definition, progress, ...record }: ScheduleRecord): Schedule {
  const { recurrence, timezone, job, misfire, misfireLimit, overlap, jitterMs, startAt, endAt, maxRuns } = definition;
  const clockChanges = recurrence.kind === 'cron' ? clockChangesOf(recurrence) : { gap: null, repeat: null };
  return {
    id,
    name,
    cron: recurrence.kind === 'cron' ? recurrence.cron : null,
    every: recurrence.kind === 'every' ? recurrence.everyMs : null,
    timezone,
    job: viewOfTemplate(job),
    misfire,
    misfireLimit,
    overlap,
    ...clockChanges,
    jitter: jitterMs,
    startAt: toTime(startAt),
    endAt: toTime(endAt),
    maxRuns: maxRuns ?? null,
    ...viewOfPause(record),
    runs: progress.runs,
    lastAt: toTime(progress.lastAt),
    nextAt: toTime(progress.nextAt),
    queuedAt: toTime(progress.queuedAt),
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
  };
}

function viewOfPause({ pause, pausedBy }: Pick<ScheduleRecord, 'pause' | 'pausedBy'>) {
  const goesOn = pause !== undefined && pause.until === undefined;
  if (!goesOn) return { paused: false, pausedAt: null, pausedBy: null };
  return { paused: true, pausedAt: toTime(pause.since), pausedBy: pausedBy ?? null };
}

function viewOfTemplate({ payload, timeoutMs, backoff: wait, tags: marks, ...rest }: JobTemplate): Schedule['job'] {
  const { strategy, delayMs, maxDelayMs, jitter } = wait;
  return {
    ...rest,
    payload: JSON.parse(payload) as Record<string, unknown>,
    timeout: timeoutMs,
    backoff: { strategy, delay: delayMs, maxDelay: maxDelayMs, jitter },
    tags: [...marks],
  };
}

function toTime(instant: Instant | undefined): string | null {
  return instant === undefined ? null : new Date(instant).toISOString();
}
