import type { Transition } from './dump.ts';

/** From a claim of a job until it is not held any more, by MySQL's clock. */
export interface Run {
  readonly job: string;
  readonly from: number;
  readonly until: number;
}

export function runsOf(life: readonly Transition[]): Run[] {
  return life.flatMap(({ event, job, at }, n) =>
    event === 'claim' ? [{ job, from: at, until: life[n + 1]?.at ?? Infinity }] : [],
  );
}
