import type { Database, Row, Session } from '../database/database.ts';
import {
  ADD_TO_DUES,
  ADD_TO_SLICES,
  ADD_TO_TOTALS,
  DELETE_OLD_SLICES,
  DELETE_PAST_DUES,
  DELETE_TALLIES,
  LOCK_TALLIES,
} from '../statements/tally.ts';
import { EVERY_QUEUE, startOf, Sums, type Span } from './tally-sums.ts';

export interface CountedRow extends Row {
  id: number;
  counted_at: Date;
  tenant: string;
  queue: string;
  event: string;
  from_state: string;
  to_state: string;
  n: number;
  from_due_at: Date | null;
  to_due_at: Date | null;
  now: Date;
}

const SLICES = ['ten-seconds', 'minute'] as const satisfies readonly Span[];
const DUES = ['second', 'minute', 'hour', 'day'] as const satisfies readonly Span[];

/** How long slices are of use: rates are told over a minute, and by the minute over an hour. */
const SLICE_KEPT_SECONDS = { 'ten-seconds': 120, minute: 2 * 3_600 } as const;
/** A span that has begun says nothing any more: its parts are told one by one. */
const DUE_KEPT_SECONDS = { second: 60, minute: 3_600, hour: 86_400, day: 2 * 86_400 } as const;

/** Adds up the books: what programs counted goes into totals, slices of time and due times, each also over all queues of a tenant. */
export class TallyStore {
  constructor(private readonly database: Database) {}

  /** @returns how many it read; at the limit there may be more */
  async rollUp(limit: number): Promise<number> {
    return this.database.transaction(async (session) => {
      const rows = await session.rows<CountedRow>(LOCK_TALLIES, [limit]);
      if (rows.length === 0) return 0;
      await add(session, ADD_TO_TOTALS, totalsOf(rows));
      await add(session, ADD_TO_SLICES, slicesOf(rows));
      await add(session, ADD_TO_DUES, duesOf(rows));
      await session.change(DELETE_TALLIES, [rows.map(({ id }) => id)]);
      return rows.length;
    });
  }

  /** Forgets slices that nobody asks for any more, and due times that passed. @returns how many rows at most went at once */
  async forgetPast(limit: number): Promise<number> {
    const forgotten: number[] = [];
    for (const span of SLICES) {
      forgotten.push(await this.database.change(DELETE_OLD_SLICES, [span, SLICE_KEPT_SECONDS[span], limit]));
    }
    for (const span of DUES) {
      forgotten.push(await this.database.change(DELETE_PAST_DUES, [span, DUE_KEPT_SECONDS[span], limit]));
    }
    return Math.max(...forgotten);
  }
}

async function add(session: Session, statement: string, sums: Sums): Promise<void> {
  const rows = sums.rows();
  if (rows.length > 0) await session.change(statement, [rows]);
}

function totalsOf(rows: readonly CountedRow[]): Sums {
  const sums = new Sums();
  for (const { tenant, queue, event, from_state, to_state, n } of rows) {
    for (const name of [EVERY_QUEUE, queue]) sums.add([tenant, name, event, from_state, to_state], n);
  }
  return sums;
}

function slicesOf(rows: readonly CountedRow[]): Sums {
  const sums = new Sums();
  for (const { tenant, queue, event, n, counted_at, now } of rows) {
    for (const span of SLICES) {
      if (now.getTime() - counted_at.getTime() > SLICE_KEPT_SECONDS[span] * 1_000) continue;
      const start = startOf(span, counted_at);
      for (const name of [EVERY_QUEUE, queue]) sums.add([tenant, name, span, start, event], n);
    }
  }
  return sums;
}

/** What came due meanwhile says nothing any more. */
function duesOf(rows: readonly CountedRow[]): Sums {
  const sums = new Sums();
  for (const { tenant, queue, n, from_due_at, to_due_at, now } of rows) {
    for (const [due, signed] of [
      [from_due_at, -n],
      [to_due_at, n],
    ] as const) {
      if (due === null || due <= now) continue;
      for (const span of DUES) {
        for (const name of [EVERY_QUEUE, queue]) sums.add([tenant, name, span, startOf(span, due)], signed);
      }
    }
  }
  return sums;
}
