import type { Counts } from '../pass.ts';

export interface PruneKeysPorts {
  readonly keys: { prune(olderThanSeconds: number, limit: number): Promise<number> };
}

export interface PruneKeysOptions {
  readonly olderThanSeconds: number;
  readonly limit: number;
}

/** Forgets what was remembered long enough, keys of submissions and of effects or ticks of schedules, in small steps. */
export async function pruneKeys(
  { keys }: PruneKeysPorts,
  { olderThanSeconds, limit }: PruneKeysOptions,
  signal: AbortSignal,
): Promise<Counts> {
  let pruned = 0;
  for (let step = limit; step >= limit && !signal.aborted; pruned += step) {
    step = await keys.prune(olderThanSeconds, limit);
  }
  return { pruned };
}
