import type { Clock, IndexEntry, JobId } from '@holdfast/domain';
import type { PendingHead } from '@holdfast/persistence';
import { IndexAwayError } from '@holdfast/queue';
import { DriftSearch, type SearchOptions, type SearchPorts } from '../index/drift-search.ts';
import type { Counts } from '../pass.ts';

export interface ReconcilePorts extends SearchPorts {
  readonly clock: Clock;
  readonly jobs: SearchPorts['jobs'] & {
    findHeads(): Promise<PendingHead[]>;
    findStillPending(ids: readonly JobId[]): Promise<ReadonlySet<JobId>>;
  };
  readonly queues: { create(names: readonly string[]): Promise<unknown> };
  readonly records: { addDrift(queue: string, jobs: number): Promise<void> };
  readonly index: SearchPorts['index'] & {
    addMissing(queue: string, entries: readonly IndexEntry[]): Promise<number>;
    discard(queue: string): Promise<unknown>;
  };
}

export interface ReconcileOptions extends SearchOptions {
  /** Jobs that come due this soon are looked at already, so that they start on time. */
  readonly lookAheadMs: number;
  /** A message that is on its way arrives within this time; what is missing then is missing. */
  readonly confirmAfterMs: number;
}

/** What one run leaves to the next. */
export class ReconcileMemory {
  readonly searches = new Map<string, DriftSearch>();
  readonly knownQueues = new Set<string>();
}

type Found = ReadonlyMap<JobId, IndexEntry>;

/**
 * Finds jobs that the index was not told of: a lost reply, a process killed between commit and addition, a job inserted by
 * plain SQL. One loose scan of MySQL says where each queue and priority begins, and a search in each queue goes on from
 * there. What was found is added also when a search fails midway, so that outages in turn do not start it over; and one
 * queue's trouble is not another's, for in a cluster its server alone may be away. Where more is missing than one run can
 * mend, the index counts as lost and is built anew.
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
  const troubles = new Troubles();
  const missing = new Map<string, Found>();
  for (const [queue, ofQueue] of Map.groupBy(heads, ({ queue }) => queue)) {
    if (signal.aborted) break;
    const search = memory.searches.get(queue) ?? new DriftSearch(queue, ports, options);
    memory.searches.set(queue, search);
    const found = new Map<JobId, IndexEntry>();
    await troubles.survive(search.run(ofQueue, until, found));
    if (found.size > 0) missing.set(queue, found);
  }
  const counts = missing.size === 0 ? { added: 0 } : await mend(ports, options, missing, troubles);
  troubles.raise();
  return counts;
}

/** The index first, all queues, and only then the record of what it lacked. */
async function mend(
  ports: ReconcilePorts,
  { pageSize, pagesPerRun, confirmAfterMs }: ReconcileOptions,
  missing: ReadonlyMap<string, Found>,
  troubles: Troubles,
): Promise<Counts> {
  await new Promise((resolve) => setTimeout(resolve, confirmAfterMs));
  const counts = { added: 0, discarded: 0 };
  const drift = new Map<string, number>();
  for (const [queue, found] of missing) {
    const isTooMuch = found.size >= pageSize * pagesPerRun;
    const mended = isTooMuch
      ? ports.index.discard(queue).then(() => 0)
      : addConfirmed(ports, queue, [...found.values()]);
    const added = await troubles.survive(mended);
    if (added === undefined) continue;
    counts.discarded += isTooMuch ? 1 : 0;
    counts.added += added;
    if (added > 0) drift.set(queue, added);
  }
  for (const [queue, jobs] of drift) await ports.records.addDrift(queue, jobs);
  return counts;
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

/** What went wrong with one queue, raised when all have had their turn; where the index is away there is nothing to mend. */
class Troubles {
  private readonly met: unknown[] = [];

  async survive<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof IndexAwayError)) this.met.push(error);
      return undefined;
    }
  }

  raise(): void {
    if (this.met.length > 0) throw this.met[0] as Error;
  }
}
