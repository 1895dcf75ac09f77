import { JOB_STATES, SHOWN_STATES, type JobState, type ShownState } from '@holdfast/domain';
import type { Account } from '@holdfast/persistence';
import { z } from 'zod';

const count = z.int().min(0);

export const StateCounts = z.object(
  Object.fromEntries(SHOWN_STATES.map((state) => [state, count])) as Record<ShownState, typeof count>,
);
export type StateCounts = z.output<typeof StateCounts>;

/** How many jobs are in which state now: what came in less what went out; and of the pending ones, how many are put off. */
export function stateCounts({ sums, scheduled: putOff }: Account): StateCounts {
  const n = new Map<JobState, number>(JOB_STATES.map((state) => [state, 0]));
  for (const sum of sums) {
    if (sum.to !== undefined) n.set(sum.to, (n.get(sum.to) ?? 0) + sum.n);
    if (sum.from !== undefined) n.set(sum.from, (n.get(sum.from) ?? 0) - sum.n);
  }
  const of = (state: JobState): number => Math.max(0, n.get(state) ?? 0);
  const scheduled = Math.min(putOff, of('pending'));
  return {
    blocked: of('blocked'),
    scheduled,
    ready: of('pending') - scheduled,
    running: of('running'),
    succeeded: of('succeeded'),
    dead: of('dead'),
    cancelled: of('cancelled'),
    expired: of('expired'),
  };
}
