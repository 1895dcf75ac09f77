import { setTimeout as pause } from 'node:timers/promises';
import type { Counts } from '../pass.ts';

export interface PruneJournalPorts {
  readonly journal: { prune(keptMs: number, limit: number): Promise<number> };
}

export interface PruneJournalOptions {
  readonly keptMs: number;
  readonly limit: number;
}

/** Forgets transitions that were kept for long enough, the oldest first, and rests after each step as long as it took. */
export async function pruneJournal(
  { journal }: PruneJournalPorts,
  { keptMs, limit }: PruneJournalOptions,
  signal: AbortSignal,
): Promise<Counts> {
  let pruned = 0;
  for (let step = limit; step >= limit && !signal.aborted; pruned += step) {
    const startedAt = performance.now();
    step = await journal.prune(keptMs, limit);
    await pause(performance.now() - startedAt, undefined, { signal }).catch(() => undefined);
  }
  return { pruned };
}
