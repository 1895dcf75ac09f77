import type { IndexEntry, WorkerId } from '@holdfast/domain';
import type { Database, Row, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import {
  DELETE_LOST_WORKERS,
  LOCK_ORPHANS,
  REAP,
  SELECT_LOST_WORKERS,
  SELECT_ORPHANS,
  SELECT_REMAINING_WORKERS,
} from '../statements/reap.ts';
import { INSERT_FAILURES } from '../statements/settle.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { releaseDependants, withDependants } from './releases.ts';
import { tally } from './tallies.ts';

export interface ReapedJob extends IndexEntry {
  readonly to: 'pending' | 'dead' | 'cancelled';
  readonly crashes: number;
}

interface OrphanRow extends LaneRow {
  id: Buffer;
  queue: string;
  priority: number;
  run_at: Date;
  attempt: number;
  fence: number;
  generation: number;
  crashes: number;
  worker_id: Buffer;
  started_at: Date;
  cancel_requested_at: Date | null;
  has_dependants: 0 | 1;
  now: Date;
}

/** A later answer may come from a MySQL that hung while every lease ran out. */
const PROMPT_MS = 1_000;

const EVENT = { pending: 'crash', dead: 'exhaust-crashes', cancelled: 'cancel' } as const;
const ERROR = JSON.stringify({ name: 'WorkerLost', message: 'The worker that ran this job was lost.' });

export class LostWorkerStore {
  constructor(private readonly database: Database) {}

  /** Removes workers whose lease ran out, the longest lost first. @returns those that are gone, at most `limit` */
  async removeLostWorkers(limit: number): Promise<WorkerId[]> {
    const asked = performance.now();
    const lost = await this.database.rows<Row & { id: Buffer }>(SELECT_LOST_WORKERS, [limit]);
    if (lost.length === 0 || performance.now() - asked > PROMPT_MS) return [];
    const ids = lost.map(({ id }) => id);
    await this.database.change(DELETE_LOST_WORKERS, [ids]);
    const remaining = await this.database.rows<Row & { id: Buffer }>(SELECT_REMAINING_WORKERS, [ids]);
    return ids.filter((id) => !remaining.some((row) => row.id.equals(id))).map(fromBytes);
  }

  /**
   * Takes running jobs back from workers that are gone: to run again, or dead once they lost `maxCrashes` workers,
   * or cancelled where that was asked for. The attempt is given back: crashes have a limit of their own.
   */
  async reapOrphans(maxCrashes: number, limit: number): Promise<ReapedJob[]> {
    const orphans = await this.database.rows<Row & { id: Buffer }>(SELECT_ORPHANS, [limit]);
    if (orphans.length === 0) return [];
    const ids = inIdOrder(orphans.map(({ id }) => fromBytes(id)));
    return this.database.transaction(async (session) => {
      const rows = await session.rows<OrphanRow>(LOCK_ORPHANS, [ids]);
      if (rows.length === 0) return [];
      for (const to of ['pending', 'dead', 'cancelled'] as const) {
        await reapGroup(
          session,
          to,
          rows.filter((row) => fateOf(row, maxCrashes) === to),
        );
      }
      await session.change(INSERT_FAILURES, [rows.map(failureRow)]);
      const finished = rows.filter((row) => fateOf(row, maxCrashes) !== 'pending');
      await releaseDependants(session, withDependants(finished));
      return rows.map((row) => toReaped(row, maxCrashes));
    });
  }
}

async function reapGroup(session: Transaction, to: ReapedJob['to'], rows: readonly OrphanRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.change(REAP[to], [ERROR, rows.map(({ id }) => id)]);
  await tally(session, EVENT[to], 'running', to, rows);
}

function fateOf(row: OrphanRow, maxCrashes: number): ReapedJob['to'] {
  if (row.cancel_requested_at) return 'cancelled';
  return row.crashes + 1 >= maxCrashes ? 'dead' : 'pending';
}

function failureRow(row: OrphanRow): unknown[] {
  return [row.id, row.fence, row.attempt, row.generation, 'crashed', ERROR, row.worker_id, row.started_at, row.now];
}

function toReaped(row: OrphanRow, maxCrashes: number): ReapedJob {
  return {
    ...laneOf(row),
    id: fromBytes(row.id),
    queue: row.queue,
    priority: row.priority,
    runAt: row.run_at.getTime(),
    to: fateOf(row, maxCrashes),
    crashes: row.crashes + 1,
  };
}
