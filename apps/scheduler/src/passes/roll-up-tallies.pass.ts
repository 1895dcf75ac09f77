import type { Counts } from '../pass.ts';

export interface RollUpPorts {
  readonly tallies: { rollUp(limit: number): Promise<number> };
}

/** Adds up the books, so that counting stays cheap however many batches there were. */
export async function rollUpTallies(
  { tallies }: RollUpPorts,
  { limit }: { readonly limit: number },
  signal: AbortSignal,
): Promise<Counts> {
  let rows = 0;
  for (let read = limit; read >= limit && !signal.aborted; rows += read) read = await tallies.rollUp(limit);
  return { rows };
}
