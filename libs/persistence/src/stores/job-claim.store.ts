import {
  inStartOrder,
  type BackoffStrategy,
  type Claim,
  type ClaimedJob,
  type ClaimRequest,
  type JobClaims,
  type JobId,
  type Opening,
  type PrioritySlice,
  type Unclaimed,
  type WorkerId,
} from '@holdfast/domain';
import type { Database, Row, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { toSqlTime } from '../database/sql-time.ts';
import {
  CLAIM,
  LOCK_CLAIMABLE,
  LOCK_DUE,
  SELECT_CLAIMED,
  SELECT_HELD,
  SELECT_PRIORITIES,
  SELECT_WAITING,
} from '../statements/claim.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { isAtGate, LimitLedger, type LimitedRow } from './limit-ledger.ts';
import { nameOf } from './locked-gates.ts';
import { tally } from './tallies.ts';

export class JobClaimStore implements JobClaims {
  constructor(private readonly database: Database) {}

  async claimHinted(request: ClaimRequest, ids: readonly JobId[]): Promise<Claim> {
    const tried = new Set(ids);
    const { claimed, openings, refused } = await this.database.transaction(async (session, { doubtful }) => {
      const before = doubtful ? await selectClaimed(session, request.workerId, inIdOrder([...tried]), LOCKING) : [];
      const values = [request.queue, inIdOrder(ids), request.queue, request.types];
      const rows = await session.rows<ClaimedRow>(LOCK_CLAIMABLE, values);
      const batch = await claimLocked(session, request, rows, tried);
      return { ...batch, claimed: [...before, ...batch.claimed] };
    });
    if (claimed.length === ids.length && refused.size === 0) return { claimed, waiting: [], openings };
    const won = new Set(claimed.map(({ id }) => id));
    const rest = ids.filter((id) => !won.has(id));
    return { claimed, waiting: await this.findWaiting(request.queue, rest, refused), openings };
  }

  /** One priority after another until the limit is reached. */
  async claimDue(request: ClaimRequest, limit: number): Promise<readonly ClaimedJob[]> {
    const claimed: ClaimedJob[] = [];
    const shut: Shut = { tenants: new Set(), keys: new Set() };
    for (const slice of await this.findSlices(request.queue)) {
      for (let round = 0; round < ROUNDS && claimed.length < limit; round++) {
        const batch = await this.claimDueOf(request, slice, limit - claimed.length, shut);
        claimed.push(...batch.claimed);
        if (batch.refused.size === 0) break;
        noteShut(shut, batch.openings);
      }
    }
    return claimed;
  }

  async findHeld(workerId: WorkerId): Promise<readonly ClaimedJob[]> {
    const rows = await this.database.rows<ClaimedRow>(SELECT_HELD, [toBytes(workerId)]);
    return rows.map(toClaimedJob);
  }

  private async findSlices(queue: string): Promise<PrioritySlice[]> {
    const rows = await this.database.rows<PriorityRow>(SELECT_PRIORITIES, [queue, queue]);
    const heads = rows.map(({ priority, first_run_at }) => ({ priority, firstRunAt: first_run_at.getTime() }));
    const aging = rows[0]?.aging_ms ?? undefined;
    return inStartOrder(heads, aging === undefined ? undefined : Number(aging));
  }

  /** What an attempt tried to claim is looked at again by the next: its commit may have come through all the same. */
  private async claimDueOf(
    request: ClaimRequest,
    { priority, until = LAST_INSTANT }: PrioritySlice,
    limit: number,
    shut: Shut,
  ): Promise<ClaimedBatch> {
    const tried = new Set<JobId>();
    return this.database.transaction(async (session, { doubtful }) => {
      const before = doubtful ? await selectClaimed(session, request.workerId, inIdOrder([...tried]), LOCKING) : [];
      const { queue, types } = request;
      const { fromCrashes, room } = request.alone;
      const open = [
        [...shut.tenants, ''],
        [...shut.keys, ''],
      ];
      const alone = [fromCrashes, room > 0];
      const values = [queue, queue, types, ...alone, priority, toSqlTime(until), ...open, limit - before.length];
      const rows = await session.rows<ClaimedRow>(LOCK_DUE, values);
      for (const { id } of rows) tried.add(fromBytes(id));
      const batch = await claimLocked(session, request, rows, tried);
      return { ...batch, claimed: [...before, ...batch.claimed] };
    });
  }

  private async findWaiting(queue: string, ids: readonly JobId[], refused: ReadonlySet<JobId>): Promise<Unclaimed[]> {
    if (ids.length === 0) return [];
    const rows = await this.database.rows<WaitingRow>(SELECT_WAITING, [inIdOrder(ids), queue]);
    return rows.map((row) => ({
      ...laneOf(row),
      id: fromBytes(row.id),
      priority: row.priority,
      runAt: row.run_at.getTime(),
      isDue: row.due === 1,
      isPaused: row.paused === 1,
      isLimited: refused.has(fromBytes(row.id)),
    }));
  }
}

/** Later than any job is due. */
const LAST_INSTANT = Date.UTC(9999, 0);

/** How often MySQL is asked for jobs of a priority when those that come first wait at gates. */
const ROUNDS = 20;

/** Gates that were found shut, so that what waits there is left out of the next look. */
interface Shut {
  readonly tenants: Set<string>;
  readonly keys: Set<string>;
}

function noteShut({ tenants, keys }: Shut, openings: readonly Opening[]): void {
  for (const { gate, room } of openings) {
    if (room < 1) (gate.concurrencyKey === undefined ? tenants : keys).add(nameOf(gate));
  }
}

interface PriorityRow extends Row {
  priority: number;
  first_run_at: Date;
  /** A BIGINT comes as text once it is large. */
  aging_ms: number | string | null;
}

interface WaitingRow extends LaneRow {
  id: Buffer;
  priority: number;
  run_at: Date;
  due: 0 | 1;
  paused: 0 | 1;
}

interface ClaimedBatch {
  readonly claimed: readonly ClaimedJob[];
  readonly openings: readonly Opening[];
  /** Kept by a limit. */
  readonly refused: ReadonlySet<JobId>;
}

/**
 * The rows are locked, so they are claimed as they were read, unless a deadline passed in between.
 *
 * @param tried gets what is claimed beside the rows: jobs whose turn comes before theirs
 */
async function claimLocked(
  session: Transaction,
  request: ClaimRequest,
  rows: readonly ClaimedRow[],
  tried: Set<JobId>,
): Promise<ClaimedBatch> {
  const able = withinRoom(rows, request.alone);
  if (!able.some(isAtGate))
    return { claimed: await start(session, request.workerId, able), openings: [], refused: new Set() };
  const ledger = await LimitLedger.open(session, request.queue, able);
  const turns = await lockTurns(
    session,
    request,
    ledger.turns.filter((id) => !able.some((row) => fromBytes(row.id) === id)),
    able,
  );
  for (const { id } of turns) tried.add(fromBytes(id));
  const { admitted, openings, limitedTenants } = ledger.settle([...able, ...turns]);
  const ours = [...able, ...turns].filter(({ id }) => admitted.has(fromBytes(id)));
  const claimed = (await start(session, request.workerId, ours)).map((job) => ({
    ...job,
    isLimited: limitedTenants.has(job.tenant),
  }));
  return { claimed, openings, refused: new Set(able.map(({ id }) => fromBytes(id)).filter((id) => !admitted.has(id))) };
}

async function lockTurns(
  session: Transaction,
  { queue, types, alone }: ClaimRequest,
  ids: readonly JobId[],
  able: readonly ClaimedRow[],
): Promise<ClaimedRow[]> {
  if (ids.length === 0) return [];
  const rows = await session.rows<ClaimedRow>(LOCK_CLAIMABLE, [queue, inIdOrder(ids), queue, types]);
  return withinRoom([...able, ...rows], alone).slice(able.length);
}

/** Of jobs that each need a process to themselves, no more than there is room for. */
function withinRoom(rows: readonly ClaimedRow[], { fromCrashes, room }: ClaimRequest['alone']): ClaimedRow[] {
  const tooMany = new Set(rows.filter(({ crashes }) => crashes >= fromCrashes).slice(room));
  return rows.filter((row) => !tooMany.has(row));
}

async function start(session: Transaction, workerId: WorkerId, ours: readonly ClaimedRow[]): Promise<ClaimedJob[]> {
  if (ours.length === 0) return [];
  const ids = ours.map(({ id }) => id).sort((a, b) => a.compare(b));
  const claimed = await startLocked(session, workerId, ids, ours);
  await tally(session, 'claim', 'pending', 'running', claimed);
  return claimed;
}

/** Nothing but a deadline can keep a locked row from starting as it was read: where there is none, no answer is waited for. */
async function startLocked(
  session: Transaction,
  workerId: WorkerId,
  ids: readonly Buffer[],
  ours: readonly ClaimedRow[],
): Promise<ClaimedJob[]> {
  const values = [toBytes(workerId), ids];
  if (ours.every(({ deadline }) => deadline === null)) session.later(CLAIM, values);
  else if ((await session.change(CLAIM, values)) < ours.length) return selectClaimed(session, workerId, ids);
  return ours.map(afterClaim);
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

interface ClaimedRow extends LimitedRow, LaneRow {
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
}

function toClaimedJob(row: ClaimedRow): ClaimedJob {
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
  };
}

function toOrigin({ schedule_id, planned_at }: ClaimedRow): ClaimedJob['origin'] {
  if (!schedule_id || !planned_at) return undefined;
  return { scheduleId: fromBytes(schedule_id), plannedAt: planned_at.getTime() };
}
