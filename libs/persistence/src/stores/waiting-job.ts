import type { IndexEntry, JobChange, JobVersion } from '@holdfast/domain';
import type { Transaction } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import { CHANGE } from '../statements/operate.ts';
import { laneOf, type LaneColumns } from './lane-rows.ts';
import { tally } from './tallies.ts';

/** As it was when it was locked. */
export interface WaitingRow extends LaneColumns {
  readonly id: Buffer;
  readonly queue: string;
  readonly priority: number;
  readonly run_at: Date;
}

/** @returns how it stands in the index from now on; undefined if it is no longer what was read */
export async function changeWaiting(
  session: Transaction,
  job: WaitingRow,
  { generation, fence, revision }: JobVersion,
  change: JobChange,
): Promise<IndexEntry | undefined> {
  const guard = [job.id, generation, fence, revision];
  if ((await session.change(CHANGE, [...toValues(change), ...guard])) === 0) return undefined;
  const { priority = job.priority, runAt = job.run_at.getTime() } = change;
  await tally(session, 'change', 'pending', 'pending', [job], ({ run_at }, side) =>
    side === 'before' ? run_at.getTime() : runAt,
  );
  return { ...laneOf(job), id: fromBytes(job.id), queue: job.queue, priority, runAt };
}

/** In the order of the statement. */
function toValues({ payload, priority, runAt, deadline, timeoutMs, maxAttempts, backoff }: JobChange): unknown[] {
  const { strategy, delayMs, maxDelayMs, jitter } = backoff ?? {};
  return [
    payload ?? null,
    priority ?? null,
    runAt === undefined ? null : new Date(runAt),
    deadline !== undefined,
    typeof deadline === 'number' ? new Date(deadline) : null,
    timeoutMs ?? null,
    maxAttempts ?? null,
    strategy ?? null,
    delayMs ?? null,
    maxDelayMs ?? null,
    jitter ?? null,
  ];
}
