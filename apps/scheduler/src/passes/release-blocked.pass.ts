import type { DependencyStore, WalkPosition } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface ReleasePorts {
  readonly jobs: Pick<DependencyStore, 'findHeads' | 'decidePage'>;
}

export interface ReleaseOptions {
  readonly pageSize: number;
  /** Of each queue and priority, in one run; the next goes on there. */
  readonly pagesPerRun: number;
}

/** How far each walk has come, kept from one run to the next. */
export type ReleaseMemory = Map<string, WalkPosition>;

/**
 * Finds blocked jobs that nobody let go, and decides them. Whoever finishes a job decides who waits for it in the same
 * transaction, so there are none, unless rows were changed by plain SQL, by a version that knows no dependencies, or more
 * jobs waited for one than a transaction decides. Of jobs that would wait for each other for ever, one gives up its order.
 */
export async function releaseBlocked(
  { jobs }: ReleasePorts,
  options: ReleaseOptions,
  memory: ReleaseMemory,
  signal: AbortSignal,
): Promise<Counts> {
  const counts = { released: 0, cancelled: 0, loosened: 0 };
  for (const head of await jobs.findHeads()) {
    const key = `${head.queue} ${head.priority}`;
    let position = memory.get(key);
    for (let page = 0; page < options.pagesPerRun && !signal.aborted; page++) {
      const { released, cancelled, loosened, next } = await jobs.decidePage(head, position, options.pageSize);
      counts.released += released;
      counts.cancelled += cancelled;
      counts.loosened += loosened;
      position = next;
      if (!next) break;
    }
    if (position) memory.set(key, position);
    else memory.delete(key);
  }
  return counts;
}
