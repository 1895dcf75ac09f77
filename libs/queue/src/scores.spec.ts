import { describe, expect, it } from '@jest/globals';
import { delayedScore, dueScore, dueTimeOf, readyScore } from './scores.ts';

const LAST = Date.UTC(2109, 0, 1);

describe('scores', () => {
  it('stay exact integers for every priority until the year 2109', () => {
    for (const priority of [0, 1, 999, 1_000]) {
      for (const runAt of [0, Date.UTC(2026, 10, 21) + 1, LAST]) {
        for (const score of [readyScore(priority, runAt), delayedScore(priority, runAt)]) {
          expect(Number.isSafeInteger(score)).toBe(true);
        }
      }
    }
  });

  it('put a higher priority before any due time when ready', () => {
    expect(readyScore(1, LAST)).toBeLessThan(readyScore(0, 0));
    expect(readyScore(5, 10)).toBeLessThan(readyScore(5, 11));
  });

  it('put an earlier due time before any priority when delayed', () => {
    expect(delayedScore(0, 10)).toBeLessThan(delayedScore(1_000, 11));
    expect(dueTimeOf(delayedScore(123, 456_789))).toBe(456_789);
  });

  it('call due exactly what is due', () => {
    for (const priority of [0, 1_000]) {
      expect(delayedScore(priority, 100)).toBeLessThanOrEqual(dueScore(100));
      expect(delayedScore(priority, 101)).toBeGreaterThan(dueScore(100));
    }
  });
});
