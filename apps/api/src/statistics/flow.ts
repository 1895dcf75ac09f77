import type { JobEvent } from '@holdfast/domain';
import { z } from 'zod';

type Events = ReadonlyMap<JobEvent, number>;

const number = z.number().min(0);

/** How much passes through, in whatever time it was counted. */
export const Flow = z.object({ submitted: number, started: number, succeeded: number, failed: number });
export type Flow = z.output<typeof Flow>;

export function flowOf(events: Events): Flow {
  return {
    submitted: sumOf(events, ['submit']),
    started: sumOf(events, ['claim']),
    succeeded: sumOf(events, ['succeed']),
    failed: sumOf(events, ['fail', 'exhaust']),
  };
}

export function sumOf(counts: Events, events: readonly JobEvent[]): number {
  return events.reduce((sum, event) => sum + (counts.get(event) ?? 0), 0);
}
