import type { Instant } from '../job/scalars.ts';

/** Of the jobs of a queue that share a priority: when the first was due. */
export interface PriorityHead {
  readonly priority: number;
  readonly firstRunAt: Instant;
}

/** Jobs of a priority that were due until then; of all that are due where it is left out. */
export interface PrioritySlice {
  readonly priority: number;
  readonly until?: Instant;
}

/**
 * In which order jobs start that no index keeps in order: the highest priority first. Where priorities age, a job gains a step
 * for each `agingMs` that it has waited. All gain alike, so who is ahead of whom never changes: it is as if a job had been due
 * so much earlier for each step of its priority. Of each priority comes first what is ahead of all jobs of the next one, then the rest.
 */
export function inStartOrder(heads: readonly PriorityHead[], agingMs: number | undefined): PrioritySlice[] {
  if (agingMs === undefined)
    return [...heads].sort((a, b) => b.priority - a.priority).map(({ priority }) => ({ priority }));
  const advance = ({ priority }: PriorityHead): number => priority * agingMs;
  const sorted = [...heads].sort((a, b) => a.firstRunAt - advance(a) - (b.firstRunAt - advance(b)));
  const ahead = sorted.map((head, n) => {
    const next = sorted[n + 1];
    const { priority } = head;
    return next ? { priority, until: next.firstRunAt - advance(next) + advance(head) } : { priority };
  });
  return [...ahead, ...sorted.slice(0, -1).map(({ priority }) => ({ priority }))];
}
