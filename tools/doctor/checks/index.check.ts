import type { LanedId } from '@holdfast/queue';
import { type Finding, finding } from '../finding.ts';
import type { IndexReader } from '../index-reader.ts';
import type { DueHead, Patient } from '../patient.ts';

/** Due for less than this, a job may simply not be indexed yet. */
const SETTLED_SECONDS = 5;

/** The index against the rows, at the heads of the queues: what is due and not indexed, and what is indexed and not due to be. */
export async function checkIndex(patient: Patient): Promise<Finding[]> {
  const { index } = patient;
  if (index === undefined) return [];
  const lost = await index.findLost(patient.indexes);
  const found = [...lost].map(([queue, why]) =>
    finding(
      'error',
      'index',
      `The index of queue ${queue} cannot be used (${why}): its jobs are claimed from MySQL.`,
      'A scheduler rebuilds it: start one, and look at its log.',
    ),
  );
  const built = patient.indexes.flatMap(({ queue }) => (lost.has(queue) ? [] : [queue]));
  for (const queue of built) found.push(...(await findGhosts(patient, index, queue)));
  for (const head of patient.due.filter(({ queue }) => built.includes(queue)))
    found.push(...(await findMissing(patient, index, head)));
  return found;
}

/** Whatever was claimed while we looked is neither missing nor a ghost: both sides are asked again. */
async function findMissing({ inspection }: Patient, index: IndexReader, head: DueHead): Promise<Finding[]> {
  const { queue, priority } = head;
  const settled = head.jobs.filter(({ ageSeconds }) => ageSeconds >= SETTLED_SECONDS);
  const known = await index.findKnown(queue, settled);
  const pending = await inspection.findPending(
    queue,
    settled.map(({ id }) => id).filter((id) => !known.has(id)),
  );
  const missing = settled.filter(({ id }) => pending.has(id));
  if (missing.length === 0) return [];
  const entries = missing.map(({ id, lane, runAt }) => ({ ...lane, id, queue, priority, runAt }));
  return [
    finding(
      'error',
      'index',
      `${missing.length} due jobs of queue ${queue} at priority ${priority} are not in the index, such as ${missing[0]?.id ?? ''}.`,
      'A scheduler adds them within seconds: is one running? Or run the doctor with --repair.',
      async () => {
        await index.add(entries);
        return `added ${entries.length} jobs of queue ${queue} to the index`;
      },
    ),
  ];
}

async function findGhosts({ inspection }: Patient, index: IndexReader, queue: string): Promise<Finding[]> {
  const ghostsAmong = async (jobs: readonly LanedId[]): Promise<LanedId[]> => {
    const pending = await inspection.findPending(
      queue,
      jobs.map(({ id }) => id),
    );
    return jobs.filter(({ id }) => !pending.has(id));
  };
  const suspects = await ghostsAmong(await index.findFirst(queue));
  const indexed = await index.findKnown(queue, suspects);
  const ghosts = suspects.filter(({ id }) => indexed.has(id));
  if (ghosts.length === 0) return [];
  return [
    finding(
      'warning',
      'index',
      `The index of queue ${queue} holds ${ghosts.length} ids that wait no more, such as ${ghosts[0]?.id ?? ''}.`,
      'Harmless: a claim drops each. --repair drops them now.',
      async () => `dropped ${await index.drop(queue, await ghostsAmong(ghosts))} ids from the index of queue ${queue}`,
    ),
  ];
}
