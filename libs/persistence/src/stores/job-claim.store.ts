import {
  inStartOrder,
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
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { toSqlTime } from '../database/sql-time.ts';
import { LOCK_CLAIMABLE, LOCK_DUE, SELECT_HELD, SELECT_PRIORITIES, SELECT_WAITING } from '../statements/claim.ts';
import { toClaimedJob, type ClaimedRow } from './claimed-rows.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { claimLocked, findClaimedBefore, type ClaimedBatch } from './locked-claim.ts';
import { nameOf } from './locked-gates.ts';

export class JobClaimStore implements JobClaims {
  constructor(private readonly database: Database) {}

  async claimHinted(request: ClaimRequest, ids: readonly JobId[]): Promise<Claim> {
    const tried = new Set(ids);
    const { claimed, openings, refused } = await this.database.transaction(async (session, { doubtful }) => {
      const before = doubtful ? await findClaimedBefore(session, request.workerId, tried) : [];
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
      const before = doubtful ? await findClaimedBefore(session, request.workerId, tried) : [];
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
