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
import type { Database, Row, Session } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import {
  CLAIM,
  SELECT_CLAIMED,
  SELECT_DUE_IDS,
  SELECT_EARLY,
  SELECT_HELD,
  SELECT_PRIORITIES,
} from '../statements/claim.ts';
import { tally } from './tallies.ts';

export class JobClaimStore implements JobClaims {
  constructor(private readonly database: Database) {}

  async claimHinted(request: ClaimRequest, ids: readonly JobId[]): Promise<Claim> {
    const bytes = inIdOrder(ids);
    const claimed = await this.database.transaction((session, { retried }) => claim(session, request, bytes, retried));
    if (claimed.length === ids.length) return { claimed, early: [] };
    const won = new Set(claimed.map(({ id }) => id));
    return {
      claimed,
      early: await this.findEarly(
        request.queue,
        ids.filter((id) => !won.has(id)),
      ),
    };
  }

  /** One priority after another, the highest first, until the limit is reached. */
  async claimDue(request: ClaimRequest, limit: number): Promise<readonly ClaimedJob[]> {
    const priorities = await this.database.rows<Row & { priority: number }>(SELECT_PRIORITIES, [request.queue]);
    const claimed: ClaimedJob[] = [];
    for (const { priority } of priorities) {
      if (claimed.length >= limit) break;
      claimed.push(...(await this.claimDueOf(request, priority, limit - claimed.length)));
    }
    return claimed;
  }

  async findHeld(workerId: WorkerId): Promise<readonly ClaimedJob[]> {
    const rows = await this.database.rows<ClaimedRow>(SELECT_HELD, [toBytes(workerId)]);
    return rows.map(toClaimedJob);
  }

  private async claimDueOf(request: ClaimRequest, priority: number, limit: number): Promise<ClaimedJob[]> {
    return this.database.transaction(async (session) => {
      const due = await session.rows<Row & { id: Buffer }>(SELECT_DUE_IDS, [
        request.queue,
        request.types,
        priority,
        limit,
      ]);
      if (due.length === 0) return [];
      return claim(session, request, inIdOrder(due.map(({ id }) => fromBytes(id))), false);
    });
  }

  private async findEarly(queue: string, ids: readonly JobId[]): Promise<Unclaimed[]> {
    const rows = await this.database.rows<Row & { id: Buffer; priority: number; run_at: Date }>(SELECT_EARLY, [
      inIdOrder(ids),
      queue,
    ]);
    return rows.map((row) => ({ id: fromBytes(row.id), priority: row.priority, runAt: row.run_at.getTime() }));
  }
}

/** A retried attempt may find its own claim committed already: that is counted once, and run once. */
async function claim(
  session: Session,
  request: ClaimRequest,
  ids: readonly Buffer[],
  retried: boolean,
): Promise<ClaimedJob[]> {
  const before = retried ? await selectClaimed(session, request.workerId, ids) : [];
  await session.change(CLAIM, [toBytes(request.workerId), ids, request.queue, request.types]);
  const claimed = await selectClaimed(session, request.workerId, ids);
  const counted = new Set(before.map(({ id }) => id));
  await tally(
    session,
    'claim',
    'pending',
    'running',
    claimed.filter(({ id }) => !counted.has(id)),
  );
  return claimed;
}

async function selectClaimed(session: Session, workerId: WorkerId, ids: readonly Buffer[]): Promise<ClaimedJob[]> {
  const rows = await session.rows<ClaimedRow>(SELECT_CLAIMED, [ids, toBytes(workerId)]);
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
  };
}
