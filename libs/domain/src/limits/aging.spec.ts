import { describe, expect, it } from '@jest/globals';
import { inStartOrder } from './aging.ts';

const HEADS = [
  { priority: 0, firstRunAt: 1_000 },
  { priority: 9, firstRunAt: 9_500 },
  { priority: 5, firstRunAt: 9_900 },
];

describe('the order of priorities', () => {
  it('begins with the highest where they do not age, however long others wait', () => {
    expect(inStartOrder(HEADS, undefined)).toEqual([{ priority: 9 }, { priority: 5 }, { priority: 0 }]);
  });

  it('lets waiting make up for priority, and of each first what is ahead of the next', () => {
    expect(inStartOrder(HEADS, 1_000)).toEqual([
      { priority: 9, until: 10_000 },
      { priority: 0, until: 4_900 },
      { priority: 5 },
      { priority: 9 },
      { priority: 0 },
    ]);
  });

  it('has nothing to say of nothing', () => {
    expect(inStartOrder([], 1_000)).toEqual([]);
  });
});
