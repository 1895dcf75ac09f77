import type { Instant, JobEvent, JobId, JobState } from '@holdfast/domain';
import type { Row, Transaction } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { INSERT_TRANSITIONS, SELECT_MOVED } from '../statements/journal.ts';
import { INSERT_TALLIES } from '../statements/tally.ts';
import { startOf, Sums } from './tally-sums.ts';

interface Moved {
  readonly id: JobId | Buffer;
  readonly tenant: string;
  readonly queue: string;
}

/**
 * Counts transitions in the transaction that makes them, right after the statement that does, so that the books always
 * agree with the rows; and writes each that leads to a state into the journal if this program keeps it.
 *
 * @param to undefined: the job exists no more
 * @param dueAt when a job that becomes or was pending is due, if that may lie ahead: becoming due needs no write, so the
 *   books note beforehand how many will when
 */
export async function tally<Job extends Moved>(
  session: Transaction,
  event: JobEvent,
  from: JobState | undefined,
  to: JobState | undefined,
  jobs: readonly Job[],
  dueAt: (job: Job, side: 'before' | 'after') => Instant | undefined = () => undefined,
): Promise<void> {
  if (jobs.length === 0) return;
  const sums = new Sums();
  for (const job of jobs) {
    const dues = [
      from === 'pending' ? secondOf(dueAt(job, 'before')) : null,
      to === 'pending' ? secondOf(dueAt(job, 'after')) : null,
    ];
    sums.add([job.tenant, job.queue, event, from ?? '', to ?? '', ...dues], 1);
  }
  session.later(INSERT_TALLIES, [sums.rows()]);
  session.book(event, jobs.length);
  if (session.journalAs !== undefined && to !== undefined)
    await writeJournal(session, session.journalAs, event, from, jobs);
}

function secondOf(due: Instant | undefined): Date | null {
  return due === undefined ? null : startOf('second', new Date(due));
}

async function writeJournal(
  session: Transaction,
  actor: string,
  event: JobEvent,
  from: JobState | undefined,
  jobs: readonly Moved[],
): Promise<void> {
  const ids = jobs.map(({ id }) => (typeof id === 'string' ? toBytes(id) : id));
  const moved = await session.rows<Row>(SELECT_MOVED, [ids]);
  const rows = moved.map((job) => [...(Object.values(job) as unknown[]), event, from ?? '', actor]);
  if (rows.length > 0) session.later(INSERT_TRANSITIONS, [rows]);
}
