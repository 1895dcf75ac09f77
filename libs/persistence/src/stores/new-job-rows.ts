import type { Instant, NewJob } from '@holdfast/domain';
import { toBytes } from '../database/identifiers.ts';
import { toSqlTime } from '../database/sql-time.ts';
import { isDependent } from './dependency-links.ts';

type Value = string | number | Buffer | null;

export interface NewJobColumn {
  readonly name: string;
  readonly valueOf: (job: NewJob) => Value;
  /** What the table puts there when a statement does not name the column; undefined: every statement names it. */
  readonly fallback?: Value;
}

export const NEW_JOB_COLUMNS: readonly NewJobColumn[] = [
  { name: 'id', valueOf: ({ id }) => toBytes(id) },
  { name: 'tenant', valueOf: ({ tenant }) => tenant, fallback: 'default' },
  { name: 'queue', valueOf: ({ queue }) => queue, fallback: 'default' },
  { name: 'type', valueOf: ({ type }) => type },
  { name: 'state', valueOf: (job) => (isDependent(job) ? 'blocked' : 'pending'), fallback: 'pending' },
  { name: 'payload', valueOf: ({ payload }) => payload },
  { name: 'priority', valueOf: ({ priority }) => priority, fallback: 0 },
  { name: 'run_at', valueOf: ({ runAt }) => toSqlTime(runAt) },
  { name: 'deadline', valueOf: ({ deadline }) => timeOrNull(deadline), fallback: null },
  { name: 'timeout_ms', valueOf: ({ timeoutMs }) => timeoutMs, fallback: 30_000 },
  { name: 'max_attempts', valueOf: ({ maxAttempts }) => maxAttempts, fallback: 5 },
  { name: 'backoff_strategy', valueOf: ({ backoff }) => backoff.strategy, fallback: 'exponential' },
  { name: 'backoff_delay_ms', valueOf: ({ backoff }) => backoff.delayMs, fallback: 1_000 },
  { name: 'backoff_max_delay_ms', valueOf: ({ backoff }) => backoff.maxDelayMs, fallback: 3_600_000 },
  { name: 'backoff_jitter', valueOf: ({ backoff }) => backoff.jitter, fallback: 0.1 },
  { name: 'tags', valueOf: ({ tags }) => (tags.length > 0 ? JSON.stringify(tags) : null), fallback: null },
  { name: 'created_at', valueOf: ({ createdAt }) => toSqlTime(createdAt) },
  { name: 'traceparent', valueOf: ({ traceparent }) => traceparent ?? null, fallback: null },
  { name: 'schedule_id', valueOf: ({ origin }) => (origin ? toBytes(origin.scheduleId) : null), fallback: null },
  { name: 'planned_at', valueOf: ({ origin }) => timeOrNull(origin?.plannedAt), fallback: null },
  { name: 'concurrency_key', valueOf: ({ concurrencyKey }) => concurrencyKey ?? null, fallback: null },
  { name: 'fairness_key', valueOf: ({ fairnessKey }) => fairnessKey ?? null, fallback: null },
  { name: 'is_ordered', valueOf: ({ isOrdered }) => (isOrdered ? 1 : null), fallback: null },
];

/** The rows of new jobs, without the columns in which all of them have what the table puts there anyway: most jobs need six of twenty. */
export function toRows(jobs: readonly NewJob[]): { readonly columns: readonly string[]; readonly rows: Value[][] } {
  const named = NEW_JOB_COLUMNS.filter(
    ({ fallback, valueOf }) => fallback === undefined || jobs.some((job) => valueOf(job) !== fallback),
  );
  return {
    columns: named.map(({ name }) => name),
    rows: jobs.map((job) => named.map(({ valueOf }) => valueOf(job))),
  };
}

function timeOrNull(instant: Instant | undefined): string | null {
  return instant === undefined ? null : toSqlTime(instant);
}
