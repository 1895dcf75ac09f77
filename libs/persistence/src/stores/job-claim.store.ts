import type {
  BackoffStrategy,
  Claim,
  ClaimedJob,
  ClaimRequest,
  JobClaims,
  JobId,
  Unclaimed,
  WorkerId,
} from '@holdfast/domain';
import type { Database, Row, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import {
  CLAIM,
  LOCK_CLAIMABLE,
  LOCK_DUE,
  SELECT_CLAIMED,
  SELECT_HELD,
  SELECT_PRIORITIES,
  SELECT_WAITING,
} from '../statements/claim.ts';
import { tally } from './tallies.ts';

export class JobClaimStore implements JobClaims {
  constructor(private readonly database: Database) {}

  async claimHinted(request: ClaimRequest, ids: readonly JobId[]): Promise<Claim> {
    const bytes = inIdOrder(ids);
    const claimed = await this.database.transaction(async (session, { doubtful }) => {
      const before = doubtful ? await selectClaimed(session, request.workerId, bytes, LOCKING) : [];
      const rows = await session.rows<ClaimedRow>(LOCK_CLAIMABLE, [bytes, request.queue, request.types]);
      return [...before, ...(await claimLocked(session, request, rows))];
    });
    if (claimed.length === ids.length) return { claimed, waiting: [] };
    const won = new Set(claimed.map(({ id }) => id));
    return {
      claimed,
      waiting: await this.findWaiting(
        request.queue,
        ids.filter((id) => !won.has(id)),
      ),
    };
  }

  /** One priority after another, the highest first, until the limit is reached. */
  async claimDue(request: ClaimRequest, limit: number): Promise<readonly ClaimedJob[]> {
    const rows = await this.database.rows<Row & { priority: number }>(SELECT_PRIORITIES, [request.queue]);
    const claimed: ClaimedJob[] = [];
    for (const priority of rows.map((row) => row.priority).sort((a, b) => b - a)) {
      if (claimed.length >= limit) break;
      claimed.push(...(await this.claimDueOf(request, priority, limit - claimed.length)));
    }
    return claimed;
  }

  async findHeld(workerId: WorkerId): Promise<readonly ClaimedJob[]> {
    const rows = await this.database.rows<ClaimedRow>(SELECT_HELD, [toBytes(workerId)]);
    return rows.map(toClaimedJob);
  }

  /** What an attempt tried to claim is looked at again by the next: its commit may have come through all the same. */
  private async claimDueOf(request: ClaimRequest, priority: number, limit: number): Promise<ClaimedJob[]> {
    const tried = new Set<JobId>();
    return this.database.transaction(async (session, { doubtful }) => {
      const before = doubtful ? await selectClaimed(session, request.workerId, inIdOrder([...tried]), LOCKING) : [];
      const { fromCrashes, room } = request.alone;
      const values = [request.queue, request.types, fromCrashes, room > 0, priority, limit - before.length];
      const rows = await session.rows<ClaimedRow>(LOCK_DUE, values);
      for (const { id } of rows) tried.add(fromBytes(id));
      return [...before, ...(await claimLocked(session, request, rows))];
    });
  }

  private async findWaiting(queue: string, ids: readonly JobId[]): Promise<Unclaimed[]> {
    const rows = await this.database.rows<WaitingRow>(SELECT_WAITING, [inIdOrder(ids), queue]);
    return rows.map(({ id, priority, run_at, due, paused }) => ({
      id: fromBytes(id),
      priority,
      runAt: run_at.getTime(),
      isDue: due === 1,
      isPaused: paused === 1,
    }));
  }
}

interface WaitingRow extends Row {
  id: Buffer;
  priority: number;
  run_at: Date;
  due: 0 | 1;
  paused: 0 | 1;
}

/** The rows are locked, so they are claimed as they were read, unless a deadline passed in between. */
async function claimLocked(
  session: Transaction,
  { workerId, queue, types, alone }: ClaimRequest,
  rows: readonly ClaimedRow[],
): Promise<ClaimedJob[]> {
  const tooMany = new Set(rows.filter(({ crashes }) => crashes >= alone.fromCrashes).slice(alone.room));
  const ours = rows.filter((row) => !tooMany.has(row));
  if (ours.length === 0) return [];
  const ids = ours.map(({ id }) => id).sort((a, b) => a.compare(b));
  const changed = await session.change(CLAIM, [toBytes(workerId), ids, queue, types]);
  const claimed = changed === ours.length ? ours.map(afterClaim) : await selectClaimed(session, workerId, ids);
  await tally(session, 'claim', 'pending', 'running', claimed);
  return claimed;
}

function afterClaim(row: ClaimedRow): ClaimedJob {
  const job = toClaimedJob(row);
  return { ...job, attempt: job.attempt + 1, fence: job.fence + 1 };
}

/** Waits for a commit that is still on its way, so that what it claims is seen. */
const LOCKING = ' FOR UPDATE';

async function selectClaimed(
  session: Transaction,
  workerId: WorkerId,
  ids: readonly Buffer[],
  lock: typeof LOCKING | '' = '',
): Promise<ClaimedJob[]> {
  if (ids.length === 0) return [];
  const rows = await session.rows<ClaimedRow>(SELECT_CLAIMED + lock, [ids, toBytes(workerId)]);
  return rows.map(toClaimedJob);
}

interface ClaimedRow extends Row {
  id: Buffer;
  tenant: string;
  queue: string;
  type: string;
  payload: string;
  priority: number;
  run_at: Date;
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
}

function toClaimedJob(row: ClaimedRow): ClaimedJob {
  return {
    id: fromBytes(row.id),
    tenant: row.tenant,
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
  };
}

function toOrigin({ schedule_id, planned_at }: ClaimedRow): ClaimedJob['origin'] {
  if (!schedule_id || !planned_at) return undefined;
  return { scheduleId: fromBytes(schedule_id), plannedAt: planned_at.getTime() };
}
