import { JOB_LIMITS, type Instant } from '@holdfast/domain';
import { DURATION_FORMS, parseDuration } from '@holdfast/runtime';
import { DoNotRetryError } from '../handling/job-context.ts';

/** Thrown to end an attempt that shall be made again later, at no cost. */
export class SnoozeRequest extends Error {
  override readonly name = 'SnoozeRequest';

  constructor(readonly runAt: Instant) {
    super('the handler wants to be called again later');
  }
}

/**
 * @param until a duration from `now`, or an instant; one that has passed means now
 * @returns what to throw
 */
export function snoozeUntil(until: string | number | Date, now: Instant): Error {
  const delay = until instanceof Date ? until.getTime() - now : parseDuration(until);
  if (delay === undefined || Number.isNaN(delay) || delay > JOB_LIMITS.delayMs) {
    return new DoNotRetryError(`a job can be snoozed for ${DURATION_FORMS}, or until a date, at most one year`);
  }
  return new SnoozeRequest(now + Math.max(0, delay));
}
