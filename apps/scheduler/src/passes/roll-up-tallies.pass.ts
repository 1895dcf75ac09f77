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
  for (const rollUp of [() => tallies.rollUpRaw(rawSeconds, limit), () => tallies.rollUpSlices(sliceSeconds, limit)]) {
    for (let read = limit; read >= limit && !signal.aborted; rows += read) read = await rollUp();
  }
  return { rows };
}
