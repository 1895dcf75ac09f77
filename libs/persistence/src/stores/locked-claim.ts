import type { ClaimedJob, ClaimRequest, JobId, Opening, WorkerId } from '@holdfast/domain';
import type { Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { CLAIM, LOCK_CLAIMABLE, SELECT_CLAIMED } from '../statements/claim.ts';
import { afterClaim, toClaimedJob, type ClaimedRow } from './claimed-rows.ts';
import { isAtGate, LimitLedger } from './limit-ledger.ts';
import { tally } from './tallies.ts';

export interface ClaimedBatch {
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
export async function claimLocked(
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

/** What an earlier attempt may have claimed all the same, or another claim of this worker. Waits for a commit that is still on its way. */
export async function findClaimedBefore(
  session: Transaction,
  workerId: WorkerId,
  tried: ReadonlySet<JobId>,
): Promise<ClaimedJob[]> {
  const jobs = await selectClaimed(session, workerId, inIdOrder([...tried]), ' FOR UPDATE');
  return jobs.map((job) => ({ ...job, isDoubtful: true }));
}

async function selectClaimed(
  session: Transaction,
  workerId: WorkerId,
  ids: readonly Buffer[],
  lock: ' FOR UPDATE' | '' = '',
): Promise<ClaimedJob[]> {
  if (ids.length === 0) return [];
  const rows = await session.rows<ClaimedRow>(SELECT_CLAIMED + lock, [ids, toBytes(workerId)]);
  return rows.map(toClaimedJob);
}
