import type { Database, InspectionStore, PendingHead, WaitingJob, WorkerRecord } from '@holdfast/persistence';
import type { IndexReader, KnownIndex } from './index-reader.ts';

/** Jobs of a queue and priority that are looked at; what lies deeper waits its turn and is not. */
export const SAMPLE = 2_000;
/** Heads of queue and priority that are looked at. */
const HEADS = 100;

/** The head of what is due in a queue at a priority. */
export interface DueHead {
  readonly queue: string;
  readonly priority: number;
  readonly jobs: readonly WaitingJob[];
  readonly isWhole: boolean;
}

/** A running installation, looked at once: what several checks judge. */
export interface Patient {
  readonly database: Database;
  readonly inspection: InspectionStore;
  /** undefined: no Redis is configured. */
  readonly index: IndexReader | undefined;
  readonly workers: readonly WorkerRecord[];
  readonly indexes: readonly KnownIndex[];
  readonly due: readonly DueHead[];
  readonly skipped: string[];
}

interface Sources {
  readonly database: Database;
  readonly inspection: InspectionStore;
  readonly index: IndexReader | undefined;
  readonly jobs: { findHeads(): Promise<PendingHead[]> };
  readonly records: { findAll(): Promise<KnownIndex[]> };
}

export async function examine({ database, inspection, index, jobs, records }: Sources): Promise<Patient> {
  const heads = await jobs.findHeads();
  const skipped: string[] = [];
  if (heads.length > HEADS) skipped.push(`${heads.length - HEADS} of ${heads.length} queues and priorities`);
  const due: DueHead[] = [];
  for (const { queue, priority } of heads.slice(0, HEADS)) {
    due.push({ queue, priority, ...(await inspection.findDueHead(queue, priority, SAMPLE)) });
  }
  const deep = due.filter(({ isWhole }) => !isWhole);
  for (const { queue, priority } of deep)
    skipped.push(`due jobs beyond the first ${SAMPLE} of queue ${queue} at priority ${priority}`);
  return {
    database,
    inspection,
    index,
    workers: await inspection.findWorkers(),
    indexes: await records.findAll(),
    due,
    skipped,
  };
}

export function isAlive({ silentSeconds }: WorkerRecord): boolean {
  return silentSeconds <= 0;
}

export function serves({ queues }: WorkerRecord, queue: string): boolean {
  return queues.includes('*') || queues.includes(queue);
}
