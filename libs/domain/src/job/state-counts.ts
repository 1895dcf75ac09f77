import { JOB_STATES, type JobState, type ShownState } from './job-state.ts';

/** How often jobs went from one state to another, and how many of the pending ones are put off. */
export interface Movements {
  readonly sums: readonly {
    readonly from: JobState | undefined;
    readonly to: JobState | undefined;
    readonly n: number;
  }[];
  readonly scheduled: number;
}

/** How many jobs are in which state now: what came in less what went out; and of the pending ones, how many are put off. */
export function stateCounts({ sums, scheduled: putOff }: Movements): Record<ShownState, number> {
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
