import type { JobEvent, JobState } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import {
  DELETE_TALLIES,
  INSERT_ROLLED_UP,
  LOCK_TALLIES,
  SUM_RECENT_TALLIES,
  SUM_TALLIES,
} from '../statements/tally.ts';

export interface TallySum {
  readonly queue: string;
  readonly event: JobEvent;
  /** undefined: the job did not exist before */
  readonly from: JobState | undefined;
  readonly to: JobState;
  readonly n: number;
}

interface TallyRow extends Row {
  id: number;
  counted_at: Date;
  tenant: string;
  queue: string;
  event: string;
  from_state: string;
  to_state: string;
  n: number;
}

const SLICE_MS = 10_000;
const EVERYTHING_BEFORE = new Date(0);

/** The books: how many jobs made which transition. */
export class TallyStore {
  constructor(private readonly database: Database) {}

  async sum(tenant: string): Promise<TallySum[]> {
    const rows = await this.database.rows<
      Row & { queue: string; event: JobEvent; fromState: JobState | ''; toState: JobState; n: string | number }
    >(SUM_TALLIES, [tenant]);
    return rows.map(({ queue, event, fromState, toState, n }) => ({
      queue,
      event,
      from: fromState === '' ? undefined : fromState,
      to: toState,
      n: Number(n),
    }));
  }

  /** Events of the last seconds, at most an hour, by queue. */
  async sumRecent(tenant: string, seconds: number): Promise<{ queue: string; event: JobEvent; n: number }[]> {
    const rows = await this.database.rows<Row & { queue: string; event: JobEvent; n: string | number }>(
      SUM_RECENT_TALLIES,
      [tenant, seconds],
    );
    return rows.map(({ queue, event, n }) => ({ queue, event, n: Number(n) }));
  }

  /** Sums raw tallies into slices of ten seconds. @returns how many it read; at the limit there may be more */
  async rollUpRaw(olderThanSeconds: number, limit: number): Promise<number> {
    return this.rollUp('raw', 'slice', olderThanSeconds, limit, sliceOf);
  }

  /** Sums slices into one row for each queue and transition. @returns how many it read */
  async rollUpSlices(olderThanSeconds: number, limit: number): Promise<number> {
    const slices = await this.rollUp('slice', 'total', olderThanSeconds, limit, () => EVERYTHING_BEFORE);
    if (slices > 0) await this.rollUp('total', 'total', 0, limit, () => EVERYTHING_BEFORE);
    return slices;
  }

  private async rollUp(
    from: 'raw' | 'slice' | 'total',
    to: 'slice' | 'total',
    olderThanSeconds: number,
    limit: number,
    bucketOf: (row: TallyRow) => Date,
  ): Promise<number> {
    return this.database.transaction(async (session) => {
      const rows = await session.rows<TallyRow>(LOCK_TALLIES, [from, olderThanSeconds, limit]);
      const sums = summed(rows, bucketOf);
      if (rows.length === 0 || (from === to && sums.length === rows.length)) return 0;
      await session.change(INSERT_ROLLED_UP, [sums.map((sum) => [to, ...sum])]);
      await session.change(DELETE_TALLIES, [rows.map(({ id }) => id)]);
      return rows.length;
    });
  }
}

function sliceOf(row: TallyRow): Date {
  return new Date(Math.floor(row.counted_at.getTime() / SLICE_MS) * SLICE_MS);
}

function summed(rows: readonly TallyRow[], bucketOf: (row: TallyRow) => Date): unknown[][] {
  const sums = new Map<string, { columns: unknown[]; n: number }>();
  for (const row of rows) {
    const bucket = bucketOf(row);
    const columns = [bucket, row.tenant, row.queue, row.event, row.from_state, row.to_state];
    const key = [bucket.getTime(), ...columns.slice(1)].join(' ');
    const sum = sums.get(key) ?? { columns, n: 0 };
    sum.n += row.n;
    sums.set(key, sum);
  }
  return [...sums.values()].map(({ columns, n }) => [...columns, n]);
}
