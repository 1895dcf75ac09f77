import type { Agings, Clock, IndexEntry, Instant } from '@holdfast/domain';
import type { Counts } from '../pass.ts';

export interface RebuildPorts {
  readonly clock: Clock;
  readonly records: {
    winRebuild(queue: string, leaseMs: number): Promise<number | undefined>;
    extendRebuild(queue: string, generation: number, leaseMs: number): Promise<boolean>;
    releaseRebuild(queue: string, generation: number): Promise<void>;
    endRebuild(
      queue: string,
      generation: number,
      rebuild: { cause: string; durationMs: number; jobs: number },
    ): Promise<boolean>;
  };
  readonly policies: { findAgings(queue: string): Promise<Agings> };
  readonly jobs: {
    pages(queue: string, from: Instant, until: Instant, limit: number): AsyncGenerator<readonly IndexEntry[]>;
  };
  readonly index: { add(entries: readonly IndexEntry[]): Promise<void> };
  readonly upkeep: {
    beginBuild(queue: string, generation: number, agings: Agings): Promise<boolean>;
    inspect(queue: string, generation: number): Promise<string>;
    publish(queue: string, generation: number): Promise<boolean>;
  };
}

export interface RebuildOptions {
  readonly horizonMs: number;
  readonly pageSize: number;
  /** Renewed while it goes on; another replica takes over when this one falls silent for so long. */
  readonly leaseMs: number;
  readonly renewMs: number;
}

export interface LostIndex {
  readonly queue: string;
  readonly cause: string;
}

const THE_BEGINNING: Instant = 0;
const NOTHING = { rebuilt: 0, indexed: 0 };

/**
 * Builds a queue's index anew from MySQL, page by page, the generation last. Jobs that are submitted meanwhile are
 * committed before they are added: either the page finds them or their own addition comes after the clearing. Until the
 * generation is there workers claim from MySQL, and what they claim is dropped from the index when it is hinted at.
 *
 * The number of the generation is the fence: MySQL gives it to one replica, and neither MySQL nor Redis lets a replica end
 * a build that another has taken over, or one that was wiped halfway.
 */
export async function rebuildIndex(
  ports: RebuildPorts,
  options: RebuildOptions,
  { queue, cause }: LostIndex,
  signal: AbortSignal,
): Promise<Counts> {
  const generation = await ports.records.winRebuild(queue, options.leaseMs);
  if (generation === undefined) return NOTHING;
  const startedAt = performance.now();
  try {
    const agings = await ports.policies.findAgings(queue);
    if (!(await ports.upkeep.beginBuild(queue, generation, agings))) return NOTHING;
    const jobs = await fill(ports, options, queue, generation, signal);
    if (jobs === undefined) return NOTHING;
    const durationMs = Math.round(performance.now() - startedAt);
    if (!(await ports.records.endRebuild(queue, generation, { cause, durationMs, jobs }))) return NOTHING;
    const rebuilt = (await ports.upkeep.publish(queue, generation)) ? 1 : 0;
    return { rebuilt, indexed: jobs, generation, durationMs };
  } finally {
    await ports.records.releaseRebuild(queue, generation).catch(() => undefined); // else its lease runs out
  }
}

/** Reads one page while the last one is added. @returns how many jobs were added; undefined if the build is not ours any more */
async function fill(
  { clock, records, jobs, index, upkeep }: RebuildPorts,
  { horizonMs, pageSize, leaseMs, renewMs }: RebuildOptions,
  queue: string,
  generation: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const until = clock.now() + horizonMs;
  let indexed = 0;
  let renewAt = performance.now() + renewMs;
  let adding = Promise.resolve();
  for await (const page of jobs.pages(queue, THE_BEGINNING, until, pageSize)) {
    await adding;
    if (signal.aborted) return undefined;
    adding = index.add(page);
    adding.catch(() => undefined); // awaited at the next page
    indexed += page.length;
    if (performance.now() < renewAt) continue;
    renewAt = performance.now() + renewMs;
    const isOurs = await records.extendRebuild(queue, generation, leaseMs);
    if (!isOurs || (await upkeep.inspect(queue, generation)) !== 'unfinished') return undefined;
  }
  await adding;
  return indexed;
}
