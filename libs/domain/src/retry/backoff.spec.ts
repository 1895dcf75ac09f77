import { describe, expect, it } from '@jest/globals';
import { JOB_DEFAULTS } from '../job/job-limits.ts';
import { backoffDelay, type Backoff } from './backoff.ts';

const NO_DEVIATION = 0.5;

describe('the wait after a failed attempt', () => {
  it('is 1, 2, 4 and 8 seconds by default', () => {
    const waits = [1, 2, 3, 4].map((attempt) => backoffDelay(JOB_DEFAULTS.backoff, attempt, NO_DEVIATION));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it.each([
    ['exponential', [100, 200, 400, 800]],
    ['linear', [100, 200, 300, 400]],
    ['fixed', [100, 100, 100, 100]],
  ] as const)('grows %s', (strategy, expected) => {
    const backoff: Backoff = { strategy, delayMs: 100, maxDelayMs: 10_000, jitter: 0 };
    expect([1, 2, 3, 4].map((attempt) => backoffDelay(backoff, attempt, Math.random()))).toEqual(expected);
  });

  it('never exceeds the cap, however late the attempt and whatever the jitter', () => {
    const backoff: Backoff = { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 5_000, jitter: 1 };
    for (const attempt of [1, 5, 50, 100]) {
      for (const random of [0, 0.3, 0.999]) {
        const wait = backoffDelay(backoff, attempt, random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(5_000);
      }
    }
  });

  it('deviates by at most the jitter, to both sides', () => {
    const backoff: Backoff = { strategy: 'fixed', delayMs: 1_000, maxDelayMs: 10_000, jitter: 0.1 };
    expect(backoffDelay(backoff, 1, 0)).toBe(900);
    expect(backoffDelay(backoff, 1, 0.999_999)).toBe(1_100);
  });
});
