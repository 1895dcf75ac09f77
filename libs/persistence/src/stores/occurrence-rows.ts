import type { Instant, JobId, ScheduleId, SkipReason, TickOutcome, Verdict } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';

export type OccurrenceOrigin = 'tick' | 'trigger';

/** What became of one tick, or of one trigger. */
export interface OccurrenceRecord {
  readonly plannedAt: Instant;
  readonly origin: OccurrenceOrigin;
  readonly outcome: TickOutcome;
  /** Why it was skipped, also if it was backfilled later. */
  readonly reason: SkipReason | undefined;
  readonly lateMs: number | undefined;
  readonly jobId: JobId | undefined;
  readonly decidedAt: Instant;
}

export interface OccurrenceRow extends Row {
  schedule_id: Buffer;
  planned_at: Date;
  origin: OccurrenceOrigin;
  outcome: TickOutcome;
  reason: SkipReason | null;
  late_ms: number | null;
  job_id: Buffer | null;
  decided_at: Date;
}

export function toOccurrence(row: OccurrenceRow): OccurrenceRecord {
  return {
    plannedAt: row.planned_at.getTime(),
    origin: row.origin,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    lateMs: row.late_ms ?? undefined,
    jobId: row.job_id ? fromBytes(row.job_id) : undefined,
    decidedAt: row.decided_at.getTime(),
  };
}

/** Outcome, reason, lateness, job, and whether anybody will ask whether that job has finished. */
export function verdictValues(verdict: Verdict, isWatched: boolean): unknown[] {
  if (verdict.outcome === 'skipped') return ['skipped', verdict.reason, null, null, null];
  if (verdict.outcome === 'queued') return ['queued', null, null, null, null];
  return ['fired', null, verdict.lateMs, toBytes(verdict.job.id), isWatched ? 1 : null];
}

/** A row of INSERT_OCCURRENCES for a job that somebody asked for. */
export function madeRow(
  scheduleId: ScheduleId,
  plannedAt: Instant,
  origin: OccurrenceOrigin,
  jobId: JobId,
  isWatched: boolean,
): unknown[] {
  const outcome = origin === 'trigger' ? 'triggered' : 'backfilled';
  return [toBytes(scheduleId), new Date(plannedAt), origin, outcome, null, null, toBytes(jobId), isWatched ? 1 : null];
}
