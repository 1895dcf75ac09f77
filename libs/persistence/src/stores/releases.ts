import { fatesOf, type DependencyCondition, type JobId, type JobState, type SeenDependency } from '@holdfast/domain';
import type { Row, Session, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import {
  CANCEL_DEPENDANTS,
  LOCK_BLOCKED,
  MARK_CAUSES,
  RELEASE,
  SELECT_BLOCKED_DEPENDANTS,
  SELECT_UNMET,
} from '../statements/dependency.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { tally } from './tallies.ts';

/** So many jobs that wait are decided in one transaction; where more do, a pass comes back for the rest. */
export const DECIDED_AT_ONCE = 5_000;

const ERROR = JSON.stringify({
  name: 'DependencyFailed',
  message: 'A job that it waited for did not succeed; dependsOn says which.',
});

interface BlockedRow extends LaneRow {
  id: Buffer;
  queue: string;
  priority: number;
  run_at: Date;
}

export interface Decided {
  readonly released: number;
  readonly cancelled: number;
}

/**
 * Lets go, or cancels, what waited for jobs that have finished, in the transaction in which they did. Who is decided is
 * locked before the other jobs are looked at: of two that finish at once the second waits for the first here, and then
 * sees that it has finished. So no job is released twice, and none is missed.
 */
export async function releaseDependants(session: Transaction, finished: readonly Buffer[]): Promise<void> {
  if (finished.length === 0) return;
  await decideBlocked(session, await findDownstream(session, finished));
}

/** Of jobs that have finished, those that somebody may wait for. */
export function withDependants(rows: readonly { readonly id: Buffer; readonly has_dependants: 0 | 1 }[]): Buffer[] {
  return rows.flatMap(({ id, has_dependants }) => (has_dependants === 1 ? [id] : []));
}

/** Decides blocked jobs by what they wait for. Those that are not blocked any more are left alone. */
export async function decideBlocked(session: Transaction, ids: readonly JobId[]): Promise<Decided> {
  if (ids.length === 0) return { released: 0, cancelled: 0 };
  const rows = await session.rows<BlockedRow>(LOCK_BLOCKED, [inIdOrder(ids)]);
  if (rows.length === 0) return { released: 0, cancelled: 0 };
  const unmet = await findUnmet(
    session,
    rows.map(({ id }) => fromBytes(id)),
  );
  const { released, cancelled } = fatesOf(
    rows.map(({ id }) => ({ id: fromBytes(id), dependencies: unmet.get(fromBytes(id)) ?? [] })),
  );
  const free = new Set(released);
  // In this order, for the journal: that one was cancelled lets another go.
  await cancel(
    session,
    rows.filter(({ id }) => cancelled.has(fromBytes(id))),
    cancelled,
  );
  await release(
    session,
    rows.filter(({ id }) => free.has(fromBytes(id))),
  );
  return { released: released.length, cancelled: cancelled.size };
}

/** What blocked or finished jobs wait for, by job, without what has succeeded. */
export async function findUnmet(session: Session, ids: readonly JobId[]): Promise<Map<JobId, SeenDependency[]>> {
  const rows = await session.rows<UnmetRow>(SELECT_UNMET, [inIdOrder(ids)]);
  const unmet = new Map<JobId, SeenDependency[]>();
  for (const row of rows) {
    const { requirement: condition, state } = row;
    const id = fromBytes(row.job_id);
    const dependency = { dependsOn: fromBytes(row.depends_on), condition, state };
    const found = unmet.get(id);
    if (found) found.push(dependency);
    else unmet.set(id, [dependency]);
  }
  return unmet;
}

interface UnmetRow extends Row {
  job_id: Buffer;
  depends_on: Buffer;
  requirement: DependencyCondition;
  state: JobState;
}

/** Level by level: who waits for these, and whoever waits for those, since they may be cancelled. */
async function findDownstream(session: Session, finished: readonly Buffer[]): Promise<JobId[]> {
  const found = new Set<JobId>();
  for (let level = finished; level.length > 0 && found.size < DECIDED_AT_ONCE;) {
    const rows = await session.rows<Row & { id: Buffer; has_dependants: 0 | 1 }>(SELECT_BLOCKED_DEPENDANTS, [
      level,
      DECIDED_AT_ONCE - found.size,
    ]);
    const fresh = rows.filter(({ id }) => !found.has(fromBytes(id)));
    for (const { id } of fresh) found.add(fromBytes(id));
    level = fresh.flatMap(({ id, has_dependants }) => (has_dependants === 1 ? [id] : []));
  }
  return [...found];
}

async function release(session: Transaction, rows: readonly BlockedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.change(RELEASE, [rows.map(({ id }) => id)]);
  await tally(session, 'release', 'blocked', 'pending', rows, ({ run_at }) => run_at.getTime());
  session.announce(
    rows.map((row) => ({
      ...laneOf(row),
      id: fromBytes(row.id),
      queue: row.queue,
      priority: row.priority,
      runAt: row.run_at.getTime(),
    })),
  );
}

async function cancel(
  session: Transaction,
  rows: readonly BlockedRow[],
  causes: ReadonlyMap<JobId, JobId>,
): Promise<void> {
  if (rows.length === 0) return;
  await session.change(CANCEL_DEPENDANTS, [ERROR, rows.map(({ id }) => id)]);
  await session.change(MARK_CAUSES, [toPairs([...causes].map(([id, dependsOn]) => ({ id, dependsOn })))]);
  await tally(session, 'cancel', 'blocked', 'cancelled', rows);
}

/** As a statement reads them from JSON, in the order in which they are locked. */
export function toPairs(pairs: readonly { readonly id: JobId; readonly dependsOn: JobId }[]): string {
  const hex = (id: JobId): string => toBytes(id).toString('hex');
  const rows = pairs.map(({ id, dependsOn }) => ({ id: hex(id), dependsOn: hex(dependsOn) }));
  return JSON.stringify(rows.sort((a, b) => (a.id < b.id ? -1 : 1)));
}
