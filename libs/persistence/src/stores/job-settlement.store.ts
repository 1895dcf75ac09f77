import {
  isFinished,
  type JobEvent,
  type JobId,
  type JobSettlements,
  type JobState,
  type Outcome,
  type Progress,
  type Settlement,
  type WorkerId,
} from '@holdfast/domain';
import type { Database, Row, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import {
  INSERT_FAILURES,
  LOCK_HELD,
  REPORT_PROGRESS,
  SELECT_CANCEL_REQUESTS,
  SELECT_SETTLED,
  SETTLE,
  SUCCEED,
  SUCCEED_WITH_RESULTS,
} from '../statements/settle.ts';
import { releaseDependants, withDependants } from './releases.ts';
import { enqueueFrom } from './enqueueing.ts';
import { failureRow, runAtOf, textOf, toRow } from './outcome-rows.ts';
import { tally } from './tallies.ts';

interface HeldRow extends Row {
  id: Buffer;
  fence: number;
  generation: number;
  started_at: Date;
  cancel_requested_at: Date | null;
  has_dependants: 0 | 1;
}

interface SettledRow extends Row {
  id: Buffer;
  fence: number;
  crashes: number;
  state: JobState;
}

const TRANSITION = {
  succeeded: ['succeed', 'succeeded'],
  retried: ['fail', 'pending'],
  dead: ['exhaust', 'dead'],
  cancelled: ['cancel', 'cancelled'],
  'handed-back': ['hand-back', 'pending'],
  snoozed: ['hand-back', 'pending'],
  crashed: ['crash', 'pending'],
  'crashed-out': ['exhaust-crashes', 'dead'],
} as const satisfies Record<Outcome['kind'], readonly [JobEvent, JobState]>;

export class JobSettlementStore implements JobSettlements {
  constructor(private readonly database: Database) {}

  /** One transaction for all outcomes: lock what is still held, write it, keep the failures, count. */
  async settle(workerId: WorkerId, settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    const first = new Map([...settlements].reverse().map((settlement) => [settlement.job.id, settlement]));
    const sorted = [...first.values()].sort((a, b) => (a.job.id < b.job.id ? -1 : 1));
    return this.database.transaction(async (session, { doubtful }) => {
      if (!doubtful && (await succeedUnseen(session, workerId, sorted))) return sorted;
      const held = await lockHeld(session, workerId, sorted);
      const before = doubtful ? await findSettled(session, sorted) : [];
      const ours = sorted.flatMap((settlement) => effective(settlement, held.get(settlement.job.id)));
      for (const [kind, group] of groupedByKind(ours)) await settleGroup(session, workerId, kind, group);
      const failures = ours.flatMap((settlement) => failureRow(workerId, settlement, held.get(settlement.job.id)));
      if (failures.length > 0) await session.change(INSERT_FAILURES, [failures]);
      await enqueueFrom(session, ours);
      await releaseDependants(session, withDependants(finishedOf(ours, held)));
      return [...before, ...ours];
    });
  }

  async report(workerId: WorkerId, progress: readonly Progress[]): Promise<void> {
    const sorted = [...progress].sort((a, b) => (a.id < b.id ? -1 : 1)); // locks rows in the order in which settling does
    const rows = sorted.map(({ id, fence, progress: text }) => toRow(id, fence, text));
    await this.database.change(REPORT_PROGRESS, [JSON.stringify(rows), toBytes(workerId)]);
  }

  async findCancelRequests(workerId: WorkerId): Promise<readonly JobId[]> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_CANCEL_REQUESTS, [toBytes(workerId)]);
    return rows.map(({ id }) => fromBytes(id));
  }
}

/**
 * What most batches are, jobs of one fence that succeeded and keep nobody waiting, is written without a look at it before,
 * at a half to two thirds of the cost.
 *
 * @returns false, with nothing changed, if it is another batch or not every job of it is held any more
 */
async function succeedUnseen(
  session: Transaction,
  workerId: WorkerId,
  settlements: readonly Settlement[],
): Promise<boolean> {
  const fence = settlements[0]?.job.fence;
  const isPlain = ({ job, outcome }: Settlement): boolean =>
    job.fence === fence && outcome.kind === 'succeeded' && !outcome.enqueued;
  if (!settlements.every(isPlain)) return false;
  const ids = settlements.map(({ job }) => toBytes(job.id));
  const results = settlements.map(({ outcome }) => textOf(outcome));
  const isSilent = results.every((result) => result === undefined);
  const held = [ids, fence, toBytes(workerId)];
  session.later('SAVEPOINT unseen');
  const changed = isSilent
    ? await session.change(SUCCEED, held)
    : await session.change(SUCCEED_WITH_RESULTS, [ids, results, ...held]);
  if (changed === ids.length) {
    await tallySettled(session, 'succeeded', settlements);
    return true;
  }
  await session.change('ROLLBACK TO SAVEPOINT unseen');
  return false;
}

function finishedOf(settlements: readonly Settlement[], held: ReadonlyMap<JobId, HeldRow>): HeldRow[] {
  return settlements.flatMap(({ job, outcome }) => {
    const row = held.get(job.id);
    return row && isFinished(TRANSITION[outcome.kind][1]) ? [row] : [];
  });
}

async function lockHeld(
  session: Transaction,
  workerId: WorkerId,
  settlements: readonly Settlement[],
): Promise<Map<JobId, HeldRow>> {
  const ids = inIdOrder(settlements.map(({ job }) => job.id));
  const rows = await session.rows<HeldRow>(LOCK_HELD, [ids, toBytes(workerId)]);
  return new Map(rows.map((row) => [fromBytes(row.id), row]));
}

/**
 * After an unknown commit: a job that left this attempt as we said was settled by us. Only a crash may also have been
 * written by whoever took our lease for lost, and then says the same.
 */
async function findSettled(session: Transaction, settlements: readonly Settlement[]): Promise<Settlement[]> {
  const ids = inIdOrder(settlements.map(({ job }) => job.id));
  const rows = await session.rows<SettledRow>(SELECT_SETTLED, [ids]);
  const left = new Map(rows.map((row) => [fromBytes(row.id), row]));
  return settlements.flatMap((settlement) => {
    const row = left.get(settlement.job.id);
    if (row?.fence !== settlement.job.fence || row.crashes !== crashesAfter(settlement, row)) return [];
    return [row.state === 'cancelled' ? asCancelled(settlement) : settlement];
  });
}

function crashesAfter({ job, outcome }: Settlement, { state }: SettledRow): number {
  return job.crashes + (outcome.kind.startsWith('crashed') && state !== 'cancelled' ? 1 : 0);
}

/** What is written: nothing if the job was taken away, and a cancellation where a job that was to be cancelled would run again. */
function effective(settlement: Settlement, held: HeldRow | undefined): Settlement[] {
  if (held?.fence !== settlement.job.fence) return [];
  return [held.cancel_requested_at ? asCancelled(settlement) : settlement];
}

function asCancelled({ job, outcome }: Settlement): Settlement {
  if (outcome.kind === 'handed-back' || outcome.kind === 'snoozed') return { job, outcome: { kind: 'cancelled' } };
  if ('runAt' in outcome) return { job, outcome: { kind: 'cancelled', failure: outcome.failure } };
  return { job, outcome };
}

async function settleGroup(
  session: Transaction,
  workerId: WorkerId,
  kind: Outcome['kind'],
  group: readonly Settlement[],
): Promise<void> {
  const rows = group.map(({ job, outcome }) => toRow(job.id, job.fence, textOf(outcome), runAtOf(outcome)));
  await session.change(SETTLE[kind], [JSON.stringify(rows), toBytes(workerId)]);
  await tallySettled(session, kind, group);
}

async function tallySettled(session: Transaction, kind: Outcome['kind'], group: readonly Settlement[]): Promise<void> {
  const [event, to] = TRANSITION[kind];
  await tally(
    session,
    event,
    'running',
    to,
    group.map(({ job: { id, tenant, queue }, outcome }) => ({ id, tenant, queue, outcome })),
    ({ outcome }) => ('runAt' in outcome ? outcome.runAt : undefined),
  );
}

function groupedByKind(settlements: readonly Settlement[]): Map<Outcome['kind'], Settlement[]> {
  const groups = new Map<Outcome['kind'], Settlement[]>();
  for (const settlement of settlements) {
    const group = groups.get(settlement.outcome.kind);
    if (group) group.push(settlement);
    else groups.set(settlement.outcome.kind, [settlement]);
  }
  return groups;
}
