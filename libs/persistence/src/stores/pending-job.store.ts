import { JOB_DEFAULTS, type IndexEntry, type Instant, type JobId, type Lane } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { toSqlTime } from '../database/sql-time.ts';
import { SELECT_NOT_PAUSED } from '../statements/pause.ts';
import {
  EXPIRE,
  LOCK_OVERDUE,
  SELECT_OVERDUE,
  SELECT_PENDING_HEADS,
  SELECT_PENDING_PAGE,
  SELECT_STILL_PENDING,
  selectPendingEnds,
} from '../statements/walk.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { releaseDependants, withDependants } from './releases.ts';
import { tally } from './tallies.ts';

/** Where the pending jobs of a queue and a priority begin. */
export interface PendingHead {
  readonly queue: string;
  readonly priority: number;
  readonly firstRunAt: Instant;
}

/** Right after a job: its due time to the microsecond, as MySQL writes it, and its id. */
export interface WalkPosition {
  readonly instant: string;
  readonly afterId: JobId;
}

export interface Page {
  readonly entries: readonly IndexEntry[];
  /** Where the next page begins; undefined when this was the last. */
  readonly next: WalkPosition | undefined;
}

/** Due times within a priority of a queue. */
export interface Stretch {
  readonly priority: number;
  readonly from: Instant;
  /** exclusive */
  readonly until: Instant;
}

export interface Ends {
  readonly entries: readonly IndexEntry[];
  /** By priority, where what lies between its ends begins; missing where nothing may lie there. */
  readonly middles: ReadonlyMap<number, WalkPosition>;
}

interface PageRow extends Row {
  id: Buffer;
  priority: number;
  run_at: Date;
  instant: string;
  some_paused: 0 | 1;
  /** Whether a job of this queue may have a lane. */
  some_laned: 0 | 1;
}

const PLAIN: Lane = { tenant: JOB_DEFAULTS.tenant };
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The position before every job that is due from this millisecond on. */
export function positionBefore(from: Instant): WalkPosition {
  return { instant: toSqlTime(from), afterId: FIRST_ID };
}

/** Walks pending jobs in index order, a page at a time, for whoever mends the index. */
export class PendingJobStore {
  constructor(private readonly database: Database) {}

  async findHeads(): Promise<PendingHead[]> {
    const rows = await this.database.rows<Row & { queue: string; priority: number; first_run_at: Date }>(
      SELECT_PENDING_HEADS,
    );
    return rows.map((row) => ({ queue: row.queue, priority: row.priority, firstRunAt: row.first_run_at.getTime() }));
  }

  /** The next page after a position, before `until`, by due time and id, without what is paused. */
  async findPage(queue: string, priority: number, after: WalkPosition, until: Instant, limit: number): Promise<Page> {
    const { instant, afterId } = after;
    const rest = [queue, queue, priority, instant, toBytes(afterId), limit];
    const later = [queue, queue, priority, instant, new Date(until), limit];
    const rows = await this.database.rows<PageRow>(SELECT_PENDING_PAGE, [...rest, ...later, limit]);
    const last = rows.at(-1);
    return { entries: await this.open(queue, rows), next: last && rows.length === limit ? behind(last) : undefined };
  }

  /** The first `limit` jobs and the last of each stretch, without what is paused. Each is of another priority. */
  async findEnds(queue: string, stretches: readonly Stretch[], limit: number): Promise<Ends> {
    const values = stretches.flatMap(({ priority, from, until }) => {
      const ofOneEnd = [queue, queue, priority, new Date(from), new Date(until), limit];
      return [...ofOneEnd, ...ofOneEnd];
    });
    const rows = await this.database.rows<PageRow>(selectPendingEnds(stretches.length), values);
    const middles = new Map<number, WalkPosition>();
    for (const [priority, ends] of Map.groupBy(rows, (row) => row.priority)) {
      const lastOfFirst = ends[limit - 1];
      if (lastOfFirst && ends.length === 2 * limit) middles.set(priority, behind(lastOfFirst));
    }
    return { entries: await this.open(queue, rows), middles };
  }

  private async open(queue: string, rows: readonly PageRow[]): Promise<IndexEntry[]> {
    const isPlain = rows.every(({ some_paused, some_laned }) => some_paused === 0 && some_laned === 0);
    const open = isPlain ? rows.map((row) => ({ ...row, lane: PLAIN })) : await this.withLanes(rows);
    return open.map(({ id, lane, priority, run_at }) => ({
      ...lane,
      id: fromBytes(id),
      queue,
      priority,
      runAt: run_at.getTime(),
    }));
  }

  /**
   * Without what is paused. The page is read from an index that knows neither tenants nor keys, so the jobs themselves are
   * looked at only if anything is paused, or if jobs of the queue take turns.
   */
  private async withLanes(page: readonly PageRow[]): Promise<(PageRow & { lane: Lane })[]> {
    const ids = inIdOrder(page.map(({ id }) => fromBytes(id)));
    const open = await this.database.rows<LaneRow & { id: Buffer }>(SELECT_NOT_PAUSED, [ids]);
    const lanes = new Map(open.map((row) => [row.id.toString('hex'), laneOf(row)]));
    return page.flatMap((row) => {
      const lane = lanes.get(row.id.toString('hex'));
      return lane ? [{ ...row, lane }] : [];
    });
  }

  /** Which of the given jobs are pending now. */
  async findStillPending(ids: readonly JobId[]): Promise<ReadonlySet<JobId>> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_STILL_PENDING, [inIdOrder(ids)]);
    return new Set(rows.map(({ id }) => fromBytes(id)));
  }

  /** Every page of every priority of a queue from an instant on, the highest priority first. */
  async *pages(queue: string, from: Instant, until: Instant, limit: number): AsyncGenerator<readonly IndexEntry[]> {
    const heads = (await this.findHeads()).filter((head) => head.queue === queue && head.firstRunAt <= until);
    for (const { priority } of heads.sort((a, b) => b.priority - a.priority)) {
      for (let position: WalkPosition | undefined = positionBefore(from); position;) {
        const page: Page = await this.findPage(queue, priority, position, until, limit);
        if (page.entries.length > 0) yield page.entries;
        position = page.next;
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
        Row & {
          id: Buffer;
          tenant: string;
          queue: string;
          state: 'pending' | 'blocked';
          run_at: Date;
          has_dependants: 0 | 1;
        }
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
          ({ run_at }) => run_at.getTime(),
        );
      }
      await releaseDependants(session, withDependants(rows));
      return rows.map(({ id }) => fromBytes(id));
    });
  }
}

function behind({ instant, id }: PageRow): WalkPosition {
  return { instant, afterId: fromBytes(id) };
}
