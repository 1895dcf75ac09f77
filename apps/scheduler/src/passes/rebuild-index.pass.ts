import type { Clock, IndexEntry, Instant } from '@holdfast/domain';
import type { Counts } from '../pass.ts';

export interface RebuildPorts {
  readonly clock: Clock;
  readonly queues: {
    winRebuild(queue: string, leaseMs: number): Promise<boolean>;
    extendRebuild(queue: string, leaseMs: number): Promise<void>;
    endRebuild(queue: string): Promise<void>;
  };
  readonly jobs: {
    pages(queue: string, from: Instant, until: Instant, limit: number): AsyncGenerator<readonly IndexEntry[]>;
  };
  readonly index: {
    clear(queue: string): Promise<void>;
    add(entries: readonly IndexEntry[]): Promise<void>;
    publishGeneration(queue: string): Promise<void>;
  };
}

export interface RebuildOptions {
  readonly horizonMs: number;
  readonly pageSize: number;
  /** Renewed with every page; another replica takes over when this one falls silent for so long. */
  readonly leaseMs: number;
}

const THE_BEGINNING: Instant = 0;

/**
 * Builds a queue's index anew from MySQL, page by page, the generation last. Jobs that are submitted meanwhile are
 * committed before they are added: either the page finds them or their own addition comes after the clearing. Until the
 * generation is there workers claim from MySQL, and what they claim is dropped from the index when it is hinted at.
 */
export async function rebuildIndex(
  ports: RebuildPorts,
  options: RebuildOptions,
  queue: string,
  signal: AbortSignal,
): Promise<Counts> {
  if (!(await ports.queues.winRebuild(queue, options.leaseMs))) return { rebuilt: 0, indexed: 0 };
  await ports.index.clear(queue);
  const until = ports.clock.now() + options.horizonMs;
  let indexed = 0;
  for await (const page of ports.jobs.pages(queue, THE_BEGINNING, until, options.pageSize)) {
    if (signal.aborted) return { rebuilt: 0, indexed };
    await Promise.all([ports.index.add(page), ports.queues.extendRebuild(queue, options.leaseMs)]);
    indexed += page.length;
  }
  await ports.index.publishGeneration(queue);
  await ports.queues.endRebuild(queue);
  return { rebuilt: 1, indexed };
}
