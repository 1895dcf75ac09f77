import type { BackoffStrategy, ClaimedJob } from '@holdfast/domain';
import { fromBytes } from '../database/identifiers.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import type { LimitedRow } from './limit-ledger.ts';

/** What is read of a job to run it. */
export interface ClaimedRow extends LimitedRow, LaneRow {
  tenant: string;
  concurrency_key: string | null;
  queue: string;
  type: string;
  payload: string;
  deadline: Date | null;
  timeout_ms: number;
  attempt: number;
  max_attempts: number;
  crashes: number;
  backoff_strategy: BackoffStrategy;
  backoff_delay_ms: number;
  backoff_max_delay_ms: number;
  backoff_jitter: number;
  fence: number;
  created_at: Date;
  traceparent: string | null;
  schedule_id: Buffer | null;
  planned_at: Date | null;
  /** A BIGINT comes as text once it is large. */
  due_in_us: number | string;
}

export function toClaimedJob(row: ClaimedRow): ClaimedJob {
  return {
    id: fromBytes(row.id),
    queue: row.queue,
    type: row.type,
    payload: row.payload,
    priority: row.priority,
    runAt: row.run_at.getTime(),
    timeoutMs: row.timeout_ms,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    crashes: row.crashes,
    backoff: {
      strategy: row.backoff_strategy,
      delayMs: row.backoff_delay_ms,
      maxDelayMs: row.backoff_max_delay_ms,
      jitter: row.backoff_jitter,
    },
    fence: row.fence,
    createdAt: row.created_at.getTime(),
    traceparent: row.traceparent ?? undefined,
    origin: toOrigin(row),
    ...laneOf(row),
    ...(row.is_ordered && { isOrdered: true }),
    ...(Number(row.due_in_us) > 0 && { startsAt: performance.now() + Number(row.due_in_us) / 1_000 }),
  };
}

function toOrigin({ schedule_id, planned_at }: ClaimedRow): ClaimedJob['origin'] {
  if (!schedule_id || !planned_at) return undefined;
  return { scheduleId: fromBytes(schedule_id), plannedAt: planned_at.getTime() };
}

/** As the job is once its locked row was claimed. */
export function afterClaim(row: ClaimedRow): ClaimedJob {
  const job = toClaimedJob(row);
  return { ...job, attempt: job.attempt + 1, fence: job.fence + 1 };
}
