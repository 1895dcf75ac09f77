import { JOB_LIMITS, type Instant } from '@holdfast/domain';

/**
 * A ZSET score is a double, exact up to 2^53. A due time in milliseconds takes 42 bits until the year 2109, a priority
 * 10 bits. Ready jobs sort by priority first, delayed ones by due time first; each score holds both, so that a job can
 * move from one set to the other without anything else being remembered. Equal scores sort by id: by submission.
 */
const TIME_SPAN = 2 ** 42;
const PRIORITY_SPAN = 2 ** 10;

/** By how much the delayed scores of two jobs differ that are due a millisecond apart. */
export const MILLISECOND = PRIORITY_SPAN;

export function readyScore(priority: number, runAt: Instant): number {
  return (JOB_LIMITS.priority - priority) * TIME_SPAN + runAt;
}

export function delayedScore(priority: number, runAt: Instant): number {
  return runAt * PRIORITY_SPAN + (JOB_LIMITS.priority - priority);
}

/** The highest delayed score that is due at `now`. */
export function dueScore(now: Instant): number {
  return now * PRIORITY_SPAN + (PRIORITY_SPAN - 1);
}

export function dueTimeOf(delayed: number): Instant {
  return Math.floor(delayed / PRIORITY_SPAN);
}

export function dueTimeOfReady(ready: number): Instant {
  return ready % TIME_SPAN;
}
