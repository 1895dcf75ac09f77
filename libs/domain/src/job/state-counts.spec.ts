import { describe, expect, it } from '@jest/globals';
import type { JobEvent } from './job-transitions.ts';
import type { JobState } from './job-state.ts';
import { stateCounts } from './state-counts.ts';

const sum = (event: JobEvent, from: JobState | undefined, to: JobState | undefined, n: number) => ({
  event,
  from,
  to,
  n,
});

describe('stateCounts', () => {
  it('counts what came into a state less what went out of it', () => {
    const sums = [
      sum('submit', undefined, 'pending', 10),
      sum('claim', 'pending', 'running', 7),
      sum('succeed', 'running', 'succeeded', 4),
      sum('fail', 'running', 'pending', 1),
      sum('exhaust', 'running', 'dead', 1),
      sum('retry', 'dead', 'pending', 1),
    ];
    expect(stateCounts({ sums, scheduled: 3 })).toEqual({
      blocked: 0,
      scheduled: 3,
      ready: 2,
      running: 1,
      succeeded: 4,
      dead: 0,
      cancelled: 0,
      expired: 0,
    });
  });

  it('counts a pruned job no more', () => {
    const sums = [
      sum('submit', undefined, 'pending', 3),
      sum('cancel', 'pending', 'cancelled', 3),
      sum('prune', 'cancelled', undefined, 2),
    ];
    expect(stateCounts({ sums, scheduled: 0 })).toMatchObject({ ready: 0, cancelled: 1 });
  });

  it('never calls more scheduled than there are pending, though a job put in by plain SQL was never counted', () => {
    const sums = [sum('submit', undefined, 'pending', 1)];
    expect(stateCounts({ sums, scheduled: 5 })).toMatchObject({ scheduled: 1, ready: 0 });
  });
});
