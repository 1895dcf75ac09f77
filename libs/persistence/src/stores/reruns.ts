import {
  planRerun,
  statesThatAllow,
  type Instant,
  type JobId,
  type JobState,
  type RerunJob,
  type RerunPlan,
} from '@holdfast/domain';
import type { Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import { CLEAR_CAUSES, LOCK_RERUN, RETRY, WAIVE_DEPENDENCIES } from '../statements/dependency.ts';
import { findFollowers } from './followers.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { findUnmet, toPairs } from './releases.ts';
import type { RerunKeys } from './rerun-keys.ts';
import { tally } from './tallies.ts';

/** A finished job whose row is locked. */
export interface FinishedRow extends LaneRow {
  id: Buffer;
  queue: string;
  state: JobState;
  priority: number;
  has_dependants: 0 | 1;
}

/**
 * Runs finished jobs again, and with them those that were cancelled because they had failed. One that waits for others is
 * blocked again until they are done; what failed otherwise is overlooked, since somebody asked for the job all the same.
 *
 * @param keys in which those that somebody asked for have theirs already
 */
export async function rerun(
  session: Transaction,
  asked: readonly FinishedRow[],
  now: Instant,
  keys: RerunKeys,
): Promise<void> {
  if (asked.length === 0) return;
  const followers = await lockFollowers(session, asked);
  const rows = [...asked, ...followers];
  const askedIds = new Set(asked.map(({ id }) => fromBytes(id)));
  const unmet = await findUnmet(
    session,
    rows.map(({ id }) => fromBytes(id)),
  );
  const jobs = rows.map((row): RerunJob => {
    const id = fromBytes(row.id);
    return { id, isAsked: askedIds.has(id), dependencies: unmet.get(id) ?? [] };
  });
  const plan = planWithKeys(jobs, keys);
  if (plan.waived.length > 0) await session.change(WAIVE_DEPENDENCIES, [toPairs(plan.waived)]);
  await startAgain(session, 'blocked', pick(rows, plan.blocked), now);
  const due = pick(rows, plan.pending);
  await startAgain(session, 'pending', due, now);
  if (unmet.size > 0) await session.change(CLEAR_CAUSES, [inIdOrder([...plan.pending, ...plan.blocked])]);
  session.announce(
    due.map((row) => ({ ...laneOf(row), id: fromBytes(row.id), queue: row.queue, priority: row.priority, runAt: now })),
  );
}

/** Who comes back asks for its unique key as well, and stays as it is, with all that waits for it, if another has it by now. */
function planWithKeys(jobs: readonly RerunJob[], keys: RerunKeys): RerunPlan {
  const kept = new Set<JobId>();
  for (;;) {
    const plan = planRerun(jobs.filter(({ id }) => !kept.has(id)));
    const again = new Set([...plan.pending, ...plan.blocked]);
    const followers = jobs.filter(({ id, isAsked }) => again.has(id) && !isAsked).map(({ id }) => id);
    const without = keys.findWithout(followers);
    for (const id of without) kept.add(id);
    if (without.length > 0) continue;
    for (const id of followers) keys.take(id);
    return plan;
  }
}

async function lockFollowers(session: Transaction, asked: readonly FinishedRow[]): Promise<FinishedRow[]> {
  const found = await findFollowers(
    session,
    asked.flatMap(({ id, has_dependants }) => (has_dependants === 1 ? [id] : [])),
  );
  const others = found.filter((id) => !asked.some((row) => fromBytes(row.id) === id));
  return others.length === 0 ? [] : session.rows<FinishedRow>(LOCK_RERUN, [inIdOrder(others), ['cancelled']]);
}

async function startAgain(
  session: Transaction,
  to: 'pending' | 'blocked',
  rows: readonly FinishedRow[],
  now: Instant,
): Promise<void> {
  if (rows.length === 0) return;
  await session.change(RETRY[to], [new Date(now), rows.map(({ id }) => id), statesThatAllow('retry')]);
  for (const [from, group] of Map.groupBy(rows, ({ state }) => state)) await tally(session, 'retry', from, to, group);
}

function pick(rows: readonly FinishedRow[], ids: readonly JobId[]): FinishedRow[] {
  const wanted = new Set(ids);
  return rows.filter(({ id }) => wanted.has(fromBytes(id))).sort((a, b) => a.id.compare(b.id));
}
