import { setTimeout as pause } from 'node:timers/promises';
import { FINISHED_STATES, type FinishedState } from '@holdfast/domain';
import type { FinishedHead, PrunedPage, WalkPosition } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface PrunePorts {
  readonly jobs: {
    findHeads(state: FinishedState): Promise<FinishedHead[]>;
    prunePage(head: FinishedHead, after: WalkPosition, keptMs: number, limit: number): Promise<PrunedPage>;
  };
}

export interface PruneOptions {
  /** How long jobs of a state are kept after they finished; undefined: for ever. */
  readonly keptMs: Readonly<Record<FinishedState, number | undefined>>;
  readonly pageSize: number;
  /** Pages without a job to prune after which a walk rests until the next run. */
  readonly fruitlessPages: number;
  /** A run ends after that long, and the next goes on. */
  readonly runMs: number;
}

/** How far each walk has come, kept from one run to the next. */
export type PruneMemory = Map<string, WalkPosition>;

/**
 * Deletes jobs that finished long enough ago, in steps of a page. After each step it rests for as long as the step took, so
 * that it never has more than half of one connection, and less the busier the database is.
 */
export async function pruneFinished(
  ports: PrunePorts,
  options: PruneOptions,
  memory: PruneMemory,
  signal: AbortSignal,
): Promise<Counts> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(options.runMs)]);
  const counts: Record<string, number> = {};
  for (const state of FINISHED_STATES) {
    const keptMs = options.keptMs[state];
    if (keptMs === undefined) continue;
    for (const head of await ports.jobs.findHeads(state)) {
      const pruned = await pruneHead(ports, { ...options, keptMs }, memory, head, ending);
      counts[state] = (counts[state] ?? 0) + pruned;
    }
  }
  return counts;
}

async function pruneHead(
  { jobs }: PrunePorts,
  { keptMs, pageSize, fruitlessPages }: Omit<PruneOptions, 'keptMs'> & { readonly keptMs: number },
  memory: PruneMemory,
  head: FinishedHead,
  ending: AbortSignal,
): Promise<number> {
  const key = `${head.state} ${head.queue} ${head.priority}`;
  let position: WalkPosition | undefined = memory.get(key) ?? head.first;
  let pruned = 0;
  for (let fruitless = 0; position && fruitless < fruitlessPages && !ending.aborted;) {
    const startedAt = performance.now();
    const page: PrunedPage = await jobs.prunePage(head, position, keptMs, pageSize);
    pruned += page.pruned;
    fruitless = page.pruned > 0 ? 0 : fruitless + 1;
    position = page.next;
    await pause(performance.now() - startedAt, undefined, { signal: ending }).catch(() => undefined);
  }
  if (position) memory.set(key, position);
  else memory.delete(key);
  return pruned;
}
