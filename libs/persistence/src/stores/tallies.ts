import type { JobEvent, JobState } from '@holdfast/domain';
import type { Session } from '../database/database.ts';
import { INSERT_TALLIES } from '../statements/tally.ts';

interface Owned {
  readonly tenant: string;
  readonly queue: string;
}

/** Counts transitions in the transaction that makes them, so that the books always agree with the rows. */
export async function tally(
  session: Session,
  event: JobEvent,
  from: JobState | undefined,
  to: JobState,
  jobs: readonly Owned[],
): Promise<void> {
  const groups = new Map<string, { owned: Owned; n: number }>();
  for (const { tenant, queue } of jobs) {
    const key = `${tenant} ${queue}`;
    const group = groups.get(key);
    if (group) group.n += 1;
    else groups.set(key, { owned: { tenant, queue }, n: 1 });
  }
  if (groups.size === 0) return;
  const rows = [...groups.values()].map(({ owned, n }) => [owned.tenant, owned.queue, event, from ?? '', to, n]);
  await session.change(INSERT_TALLIES, [rows]);
}
