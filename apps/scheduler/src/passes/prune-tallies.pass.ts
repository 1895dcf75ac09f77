import type { Counts } from '../pass.ts';

export interface PruneTalliesPorts {
  readonly tallies: { forgetPast(limit: number): Promise<number> };
}

/** Forgets slices of time that nobody asks for any more, and due times that have passed. */
export async function pruneTallies(
  { tallies }: PruneTalliesPorts,
  { limit }: { readonly limit: number },
  signal: AbortSignal,
): Promise<Counts> {
  for (let gone = limit; gone >= limit && !signal.aborted;) gone = await tallies.forgetPast(limit);
  return {};
}
