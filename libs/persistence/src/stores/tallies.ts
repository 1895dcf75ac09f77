import type { JobEvent, JobId, JobState } from '@holdfast/domain';
import type { Session } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { INSERT_TRANSITIONS } from '../statements/journal.ts';
import { INSERT_TALLIES } from '../statements/tally.ts';

interface Moved {
  readonly id: JobId | Buffer;
  readonly tenant: string;
  readonly queue: string;
}

/**
 * Counts transitions in the transaction that makes them, right after the statement that does, so that the books always
 * agree with the rows; and writes each into the journal if this program keeps it.
 */
export async function tally(
  session: Session,
  event: JobEvent,
  from: JobState | undefined,
  to: JobState,
  jobs: readonly Moved[],
): Promise<void> {
  const groups = new Map<string, { first: Moved; n: number }>();
  for (const job of jobs) {
    const key = `${job.tenant} ${job.queue}`;
    const group = groups.get(key);
    if (group) group.n += 1;
    else groups.set(key, { first: job, n: 1 });
  }
  if (groups.size === 0) return;
  const rows = [...groups.values()].map(({ first, n }) => [first.tenant, first.queue, event, from ?? '', to, n]);
  await session.change(INSERT_TALLIES, [rows]);
  if (session.journalAs !== undefined) await writeJournal(session, session.journalAs, event, from, jobs);
}

async function writeJournal(
  session: Session,
  actor: string,
  event: JobEvent,
  from: JobState | undefined,
  jobs: readonly Moved[],
): Promise<void> {
  const ids = jobs.map(({ id }) => (typeof id === 'string' ? toBytes(id) : id));
  await session.change(INSERT_TRANSITIONS, [event, from ?? '', actor, ids]);
}
