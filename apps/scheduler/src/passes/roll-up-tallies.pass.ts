import type { Counts } from '../pass.ts';

export interface RollUpPorts {
  readonly tallies: {
    rollUpRaw(olderThanSeconds: number, limit: number): Promise<number>;
    rollUpSlices(olderThanSeconds: number, limit: number): Promise<number>;
  };
}

export interface RollUpOptions {
  readonly rawSeconds: number;
  readonly sliceSeconds: number;
  readonly limit: number;
}

/** Sums up tallies, so that counting stays cheap however many batches there were. */
export async function rollUpTallies(
  { tallies }: RollUpPorts,
  { rawSeconds, sliceSeconds, limit }: RollUpOptions,
  signal: AbortSignal,
): Promise<Counts> {
  let rows = 0;
  for (let last = limit; last > 0 && !signal.aborted; rows += last) last = await tallies.rollUpRaw(rawSeconds, limit);
  if (rows > 0) rows += await tallies.rollUpSlices(sliceSeconds, limit);
  return { rows };
}
