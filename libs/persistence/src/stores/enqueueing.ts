import type { Settlement } from '@holdfast/domain';
import type { Transaction } from '../database/database.ts';
import { INSERT_QUEUE } from '../statements/submit.ts';
import { Placing } from './placing.ts';

/** Makes the jobs that attempts added, in the transaction that records that they succeeded. */
export async function enqueueFrom(session: Transaction, settlements: readonly Settlement[]): Promise<void> {
  const adding = settlements.filter(({ outcome }) => outcome.kind === 'succeeded' && outcome.enqueued);
  const jobs = adding.flatMap(({ outcome }) => (outcome.kind === 'succeeded' ? (outcome.enqueued ?? []) : []));
  if (jobs.length === 0) return;
  const known = new Set(adding.map(({ job }) => job.queue));
  const fresh = [...new Set(jobs.map(({ queue }) => queue))].filter((queue) => !known.has(queue)).sort();
  for (const queue of fresh) await session.change(INSERT_QUEUE, [queue]);
  const placements = await new Placing().place(session, [jobs], { doubtful: false });
  const placed = [...placements.values()].flat();
  session.announce(jobs.filter((job, index) => placed[index]?.kind === 'made' && !job.dependencies?.length));
  session.announce(placed.flatMap((placement) => (placement.kind === 'replaced' && placement.entry) || []));
}
