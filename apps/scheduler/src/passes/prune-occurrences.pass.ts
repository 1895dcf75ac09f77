import type { Counts } from '../pass.ts';

export interface PruneOccurrencesPorts {
  readonly occurrences: { prune(olderThanMs: number, limit: number): Promise<number> };
}

export interface PruneOccurrencesOptions {
  /** undefined: they are kept for ever. */
  readonly keptMs: number | undefined;
  readonly limit: number;
}

/** Forgets what became of ticks long ago, in small steps. */
export async function pruneOccurrences(
  { occurrences }: PruneOccurrencesPorts,
  { keptMs, limit }: PruneOccurrencesOptions,
  signal: AbortSignal,
): Promise<Counts> {
  if (keptMs === undefined) return { pruned: 0 };
  let pruned = 0;
  for (let step = limit; step >= limit && !signal.aborted; pruned += step) {
    step = await occurrences.prune(keptMs, limit);
  }
  return { pruned };
}
