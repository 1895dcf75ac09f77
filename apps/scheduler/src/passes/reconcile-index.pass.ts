import type { Clock, IndexEntry, Instant } from '@holdfast/domain';
import { positionBefore, type Page, type PendingHead, type WalkPosition } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface ReconcilePorts {
  readonly clock: Clock;
  readonly jobs: {
    findHeads(): Promise<PendingHead[]>;
    findPage(queue: string, priority: number, after: WalkPosition, until: Instant, limit: number): Promise<Page>;
  };
  readonly queues: { create(names: readonly string[]): Promise<unknown> };
  readonly index: { reconcile(queue: string, entries: readonly IndexEntry[]): Promise<number> };
}

export interface ReconcileOptions {
  readonly pageSize: number;
  /** Pages walked beyond the first, for each queue and priority and run. */
  readonly furtherPages: number;
}

/** Where each walk goes on at the next run, by queue and priority; beyond the end it starts again. */
export type WalkMemory = Map<string, WalkPosition>;

/**
 * Finds due jobs that the index was not told of: a lost reply, a process killed between commit and addition, a job
 * inserted by plain SQL. Jobs start in the order of the walk, so a missing one matters only when it stands at the head:
 * the first page is looked at in every run, the rest in turn, so that no page of jobs that nobody takes hides what follows.
 */
export async function reconcileIndex(
  ports: ReconcilePorts,
  options: ReconcileOptions,
  memory: WalkMemory,
  signal: AbortSignal,
): Promise<Counts> {
  const now = ports.clock.now();
  const due = (await ports.jobs.findHeads()).filter(({ firstRunAt }) => firstRunAt <= now);
  if (due.length > 0) await ports.queues.create([...new Set(due.map(({ queue }) => queue))]);
  let added = 0;
  for (const head of due) {
    if (signal.aborted) break;
    added += await reconcileHead(ports, options, memory, head, now);
  }
  return { added };
}

async function reconcileHead(
  ports: ReconcilePorts,
  { pageSize, furtherPages }: ReconcileOptions,
  memory: WalkMemory,
  { queue, priority, firstRunAt }: PendingHead,
  now: Instant,
): Promise<number> {
  const key = `${queue} ${priority}`;
  let added = 0;
  const check = async (after: WalkPosition): Promise<WalkPosition | undefined> => {
    const { entries, next } = await ports.jobs.findPage(queue, priority, after, now, pageSize);
    if (entries.length > 0) added += await ports.index.reconcile(queue, entries);
    return next;
  };
  const second = await check(positionBefore(firstRunAt));
  let position = second && (memory.get(key) ?? second);
  for (let n = 0; n < furtherPages && position; n++) position = await check(position);
  if (position) memory.set(key, position);
  else memory.delete(key);
  return added;
}
