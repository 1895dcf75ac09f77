import type { IndexEntry, Instant, JobId } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { EXPIRE, LOCK_OVERDUE, SELECT_OVERDUE, SELECT_PENDING_HEADS, SELECT_PENDING_PAGE } from '../statements/walk.ts';
import { tally } from './tallies.ts';

/** Where the pending jobs of a queue and a priority begin. */
export interface PendingHead {
  readonly queue: string;
  readonly priority: number;
  readonly firstRunAt: Instant;
}

export interface WalkPosition {
  readonly runAt: Instant;
  readonly afterId?: JobId;
}

const FIRST_ID = Buffer.alloc(16);

/** Walks pending jobs in index order, a page at a time, for whoever mends the index. */
export class PendingJobStore {
  constructor(private readonly database: Database) {}

  async findHeads(): Promise<PendingHead[]> {
    const rows = await this.database.rows<Row & { queue: string; priority: number; first_run_at: Date }>(
      SELECT_PENDING_HEADS,
    );
    return rows.map((row) => ({ queue: row.queue, priority: row.priority, firstRunAt: row.first_run_at.getTime() }));
  }

  /** The next page from a position to `until` inclusive, by due time and id. */
  async findPage(
    queue: string,
    priority: number,
    from: WalkPosition,
    until: Instant,
    limit: number,
  ): Promise<IndexEntry[]> {
    const start = new Date(from.runAt);
    const after = from.afterId === undefined ? FIRST_ID : toBytes(from.afterId);
    const values = [queue, priority, start, start, after, new Date(until), limit];
    const rows = await this.database.rows<Row & { id: Buffer; run_at: Date }>(SELECT_PENDING_PAGE, values);
    return rows.map((row) => ({ id: fromBytes(row.id), queue, priority, runAt: row.run_at.getTime() }));
  }

  /** Every page of every priority of a queue, the highest first. */
  async *pages(queue: string, from: Instant, until: Instant, limit: number): AsyncGenerator<IndexEntry[]> {
    const heads = (await this.findHeads()).filter((head) => head.queue === queue && head.firstRunAt <= until);
    for (const { priority } of heads.reverse()) {
      let position: WalkPosition = { runAt: from };
      for (;;) {
        const page = await this.findPage(queue, priority, position, until, limit);
        if (page.length > 0) yield page;
        const last = page.at(-1);
        if (!last || page.length < limit) break;
        position = { runAt: last.runAt, afterId: last.id };
      }
    }
  }

  /** Expires waiting jobs whose deadline passed. @returns their ids, at most `limit` */
  async expireOverdue(limit: number): Promise<JobId[]> {
    const overdue = await this.database.rows<Row & { id: Buffer }>(SELECT_OVERDUE, [limit]);
    if (overdue.length === 0) return [];
    const ids = inIdOrder(overdue.map(({ id }) => fromBytes(id)));
    return this.database.transaction(async (session) => {
      const rows = await session.rows<
        Row & { id: Buffer; tenant: string; queue: string; state: 'pending' | 'blocked' }
      >(LOCK_OVERDUE, [ids]);
      if (rows.length === 0) return [];
      await session.change(EXPIRE, [rows.map(({ id }) => id)]);
      for (const from of ['pending', 'blocked'] as const) {
        await tally(
          session,
          'expire',
          from,
          'expired',
          rows.filter(({ state }) => state === from),
        );
      }
      return rows.map(({ id }) => fromBytes(id));
    });
  }
}
