import { JOB_STATES, SHOWN_STATES, type JobState, type ShownState } from '@holdfast/domain';
import type { TallySum } from '@holdfast/persistence';
import { z } from 'zod';

const count = z.int().min(0);

export const StateCounts = z.object(
  Object.fromEntries(SHOWN_STATES.map((state) => [state, count])) as Record<ShownState, typeof count>,
);
export type StateCounts = z.output<typeof StateCounts>;

export const NO_JOBS = Object.fromEntries(SHOWN_STATES.map((state) => [state, 0])) as StateCounts;

/**
 * How many jobs are in which state: what came in less what went out. The books know `pending` alone; how much of it
 * is due has to be counted.
 */
export function stateCounts(sums: readonly TallySum[], due: number): StateCounts {
  const n = new Map<JobState, number>(JOB_STATES.map((state) => [state, 0]));
  for (const sum of sums) {
    n.set(sum.to, (n.get(sum.to) ?? 0) + sum.n);
    if (sum.from !== undefined) n.set(sum.from, (n.get(sum.from) ?? 0) - sum.n);
  }
  const of = (state: JobState): number => Math.max(0, n.get(state) ?? 0);
  const ready = Math.min(due, of('pending'));
  return {
    blocked: of('blocked'),
    scheduled: of('pending') - ready,
    ready,
    running: of('running'),
    succeeded: of('succeeded'),
    dead: of('dead'),
    cancelled: of('cancelled'),
    expired: of('expired'),
  };
}
