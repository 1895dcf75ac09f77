import { describe, expect, it } from '@jest/globals';
import type { TallySum } from '@holdfast/persistence';
import { stateCounts } from './state-counts.ts';

const sum = (event: TallySum['event'], from: TallySum['from'], to: TallySum['to'], n: number): TallySum => ({
  queue: 'default',
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
    expect(stateCounts(sums, 2)).toEqual({
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

  it('never calls more ready than there are pending, since the two are read one after the other', () => {
    expect(stateCounts([sum('submit', undefined, 'pending', 1)], 5)).toMatchObject({ scheduled: 0, ready: 1 });
  });
});
