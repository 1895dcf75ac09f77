import type { Clock, IndexEntry, Instant, JobId } from '@holdfast/domain';
import { positionBefore, type Page, type PendingHead, type WalkPosition } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface ReconcilePorts {
  readonly clock: Clock;
  readonly jobs: {
    findHeads(): Promise<PendingHead[]>;
    findPage(queue: string, priority: number, after: WalkPosition, until: Instant, limit: number): Promise<Page>;
    findStillPending(ids: readonly JobId[]): Promise<ReadonlySet<JobId>>;
  };
  readonly queues: { create(names: readonly string[]): Promise<unknown> };
  readonly records: { addDrift(queue: string, jobs: number): Promise<void> };
  readonly index: {
    firstReady(queue: string, priority: number): Promise<Instant | undefined>;
    findMissing(queue: string, entries: readonly IndexEntry[]): Promise<JobId[]>;
    addMissing(queue: string, entries: readonly IndexEntry[]): Promise<number>;
    discard(queue: string): Promise<unknown>;
  };
}

export interface ReconcileOptions {
  readonly pageSize: number;
  /** Pages walked beyond the first, for each queue and priority and run. */
  readonly furtherPages: number;
  /** Jobs that come due this soon are looked at already, so that they start on time. */
  readonly lookAheadMs: number;
  /** A message that is on its way arrives within this time; what is missing then is missing. */
  readonly confirmAfterMs: number;
}

/** What one run leaves to the next. */
export class ReconcileMemory {
  /** Where each walk goes on, by queue and priority; beyond the end it starts again. */
  readonly walks = new Map<string, WalkPosition>();
  readonly knownQueues = new Set<string>();
}

/**
 * Finds jobs that the index was not told of: a lost reply, a process killed between commit and addition, a job inserted by
 * plain SQL. Jobs start in the order of the index, so a missing one matters only when it stands before the first one that
 * is ready: one loose scan of MySQL says where each queue and priority begins, Redis says where its own begins, and only
 * what lies between them is read. Usually that is what workers are claiming just now. Where more is missing than one run
 * can mend, the index counts as lost and is built anew.
 */
export async function reconcileIndex(
  ports: ReconcilePorts,
  options: ReconcileOptions,
  memory: ReconcileMemory,
  signal: AbortSignal,
): Promise<Counts> {
  const until = ports.clock.now() + options.lookAheadMs;
  const heads = (await ports.jobs.findHeads()).filter(({ firstRunAt }) => firstRunAt < until);
  await createUnknown(ports, heads, memory);
  const suspects = new Map<string, IndexEntry[]>();
  let counts: Counts = { added: 0 };
  try {
    for (const head of heads) {
      if (signal.aborted) break;
      const missing = await walkHead(ports, options, memory, head, until);
      if (missing.length > 0) suspects.set(head.queue, [...(suspects.get(head.queue) ?? []), ...missing]);
    }
  } finally {
    if (suspects.size > 0) counts = await mend(ports, options, suspects); // also when a look fails midway
  }
  return counts;
}

/** The index first, all queues, and only then the record of what it lacked. */
async function mend(
  ports: ReconcilePorts,
  { pageSize, furtherPages, confirmAfterMs }: ReconcileOptions,
  suspects: ReadonlyMap<string, readonly IndexEntry[]>,
): Promise<Counts> {
  await new Promise((resolve) => setTimeout(resolve, confirmAfterMs));
  const added = new Map<string, number>();
  let discarded = 0;
  for (const [queue, entries] of suspects) {
    if (entries.length >= pageSize * (furtherPages + 1)) {
      await ports.index.discard(queue);
      discarded += 1;
    } else added.set(queue, await addConfirmed(ports, queue, entries));
  }
  for (const [queue, jobs] of added) if (jobs > 0) await ports.records.addDrift(queue, jobs);
  return { added: [...added.values()].reduce((sum, jobs) => sum + jobs, 0), discarded };
}

/** A job inserted by plain SQL may name a queue that nobody announced. */
async function createUnknown(
  { queues }: ReconcilePorts,
  heads: readonly PendingHead[],
  { knownQueues }: ReconcileMemory,
): Promise<void> {
  const unknown = [...new Set(heads.map(({ queue }) => queue))].filter((queue) => !knownQueues.has(queue));
  if (unknown.length === 0) return;
  await queues.create(unknown);
  for (const queue of unknown) knownQueues.add(queue);
}

/** The first page in every run, the rest in turn, so that no page of jobs that nobody takes hides what follows. */
async function walkHead(
  { jobs, index }: ReconcilePorts,
  { pageSize, furtherPages }: ReconcileOptions,
  { walks }: ReconcileMemory,
  { queue, priority, firstRunAt }: PendingHead,
  until: Instant,
): Promise<IndexEntry[]> {
  const key = `${queue} ${priority}`;
  const end = Math.min(until, (await index.firstReady(queue, priority)) ?? until);
  const missing: IndexEntry[] = [];
  let position = firstRunAt < end ? positionBefore(firstRunAt) : undefined;
  for (let n = 0; n <= furtherPages && position; n++) {
    const { entries, next }: Page = await jobs.findPage(queue, priority, position, end, pageSize);
    const ids = new Set(entries.length === 0 ? [] : await index.findMissing(queue, entries));
    missing.push(...entries.filter(({ id }) => ids.has(id)));
    position = n === 0 && next ? (walks.get(key) ?? next) : next;
  }
  if (position) walks.set(key, position);
  else walks.delete(key);
  return missing;
}

/** What is still pending was not claimed meanwhile, and what is still missing was not on its way. */
async function addConfirmed(
  { jobs, index }: ReconcilePorts,
  queue: string,
  entries: readonly IndexEntry[],
): Promise<number> {
  const pending = await jobs.findStillPending(entries.map(({ id }) => id));
  return index.addMissing(
    queue,
    entries.filter(({ id }) => pending.has(id)),
  );
}
