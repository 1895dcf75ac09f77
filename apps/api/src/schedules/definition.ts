import { timetableOf } from '@holdfast/calendar';
import type { Instant, JobTemplate, Recurrence, ScheduleDefinition } from '@holdfast/domain';
import type { FieldError } from '../http/problem.ts';
import type { NewSchedule, ScheduleChanges, ScheduleJob, Sketch } from './schedule.schema.ts';

/** A definition, except that nobody has looked yet whether it has one recurrence. */
export interface Parts extends Omit<ScheduleDefinition, 'recurrence'> {
  readonly cron: string | undefined;
  readonly everyMs: number | undefined;
  readonly gap: 'skip' | 'after' | undefined;
  readonly repeat: 'first' | 'last' | 'both' | undefined;
}

type Timing = Pick<Parts, 'cron' | 'everyMs' | 'timezone' | 'gap' | 'repeat' | 'startAt' | 'endAt'>;

export function partsOf(schedule: NewSchedule): Parts {
  const { job, misfire, misfireLimit, overlap, jitter, maxRuns } = schedule;
  return { ...timingOf(schedule), job: toTemplate(job), misfire, misfireLimit, overlap, jitterMs: jitter, maxRuns };
}

export function timingOf({ cron, every, timezone, gap, repeat, startAt, endAt }: NewSchedule | Sketch): Timing {
  return { cron, everyMs: every, timezone, gap, repeat, startAt, endAt };
}

/** What a change leaves: a cron takes the place of an interval, and the other way round. */
export function changedParts(definition: ScheduleDefinition, changes: ScheduleChanges): Parts {
  const { recurrence, ...rest } = definition;
  const { cron, every, gap, repeat, startAt, endAt, maxRuns, job, jitter } = changes;
  const isOther =
    (cron !== undefined && recurrence.kind === 'every') || (every !== undefined && recurrence.kind === 'cron');
  const old = isOther ? undefined : recurrence;
  return {
    ...rest,
    cron: cron ?? (old?.kind === 'cron' ? old.cron : undefined),
    everyMs: every ?? (old?.kind === 'every' ? old.everyMs : undefined),
    gap: orRemoved(gap, old?.kind === 'cron' ? old.gap : undefined),
    repeat: orRemoved(repeat, old?.kind === 'cron' ? old.repeat : undefined),
    timezone: changes.timezone ?? rest.timezone,
    startAt: orRemoved(startAt, rest.startAt),
    endAt: orRemoved(endAt, rest.endAt),
    maxRuns: orRemoved(maxRuns, rest.maxRuns),
    job: job ? toTemplate(job) : rest.job,
    misfire: changes.misfire ?? rest.misfire,
    misfireLimit: changes.misfireLimit ?? rest.misfireLimit,
    overlap: changes.overlap ?? rest.overlap,
    jitterMs: jitter ?? rest.jitterMs,
  };
}

/** What is wrong with fields beside each other. */
export function timingFaults({ cron, everyMs, gap, repeat, startAt, endAt }: Timing): FieldError[] {
  const faults: FieldError[] = [];
  if (cron === undefined && everyMs === undefined) {
    faults.push({ pointer: '/cron', message: 'is missing: give cron, such as "30 2 * * *", or every, such as 15m' });
  }
  if (cron !== undefined && everyMs !== undefined) {
    faults.push({ pointer: '/every', message: 'must be left out beside cron: give one of the two' });
  }
  for (const [name, policy] of Object.entries({ gap, repeat })) {
    if (cron !== undefined || policy === undefined) continue;
    faults.push({ pointer: `/${name}`, message: 'goes with cron alone: an interval does not follow clocks on walls' });
  }
  if (startAt !== undefined && endAt !== undefined && endAt < startAt) {
    faults.push({ pointer: '/endAt', message: 'must not be before startAt' });
  }
  return faults;
}

/** @param timing without faults */
export function recurrenceOf({ cron, everyMs, gap, repeat }: Timing): Recurrence {
  return cron === undefined ? { kind: 'every', everyMs: everyMs ?? 0 } : { kind: 'cron', cron, gap, repeat };
}

/** @param parts without faults */
export function toDefinition(parts: Parts): ScheduleDefinition {
  const { timezone, job, misfire, misfireLimit, overlap, jitterMs, startAt, endAt, maxRuns } = parts;
  const rest = { timezone, job, misfire, misfireLimit, overlap, jitterMs, startAt, endAt, maxRuns };
  return { recurrence: recurrenceOf(parts), ...rest };
}

/** The first tick after an instant. */
export function firstAfter(definition: ScheduleDefinition, createdAt: Instant, after: Instant): Instant | undefined {
  return timetableOf(definition, createdAt).next(after)?.at;
}

function orRemoved<T>(changed: T | null | undefined, old: T | undefined): T | undefined {
  return changed === undefined ? old : (changed ?? undefined);
}

function toTemplate({ payload, timeout, ...rest }: ScheduleJob): JobTemplate {
  return { ...rest, payload: payload.text, timeoutMs: timeout };
}
