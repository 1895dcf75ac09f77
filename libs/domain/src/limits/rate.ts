import type { Instant } from '../job/scalars.ts';
import type { Rate } from './limits.ts';

/**
 * The generic cell rate algorithm (ITU-T I.371): all that has to be kept of a rate is when the next start would be due if
 * they came evenly. One that comes earlier than that by no more than the burst allows is let through. Times are
 * milliseconds with fractions.
 */
export type DueStart = number;

/** How many may start now, and when the next may if none may. */
export function roomInRate(
  rate: Rate,
  due: DueStart,
  now: Instant,
): { readonly room: number; readonly until: Instant } {
  const interval = intervalOf(rate);
  const from = Math.max(due, now);
  const ahead = now + rate.burst * interval - from;
  return { room: Math.max(0, Math.floor(ahead / interval + 1e-6)), until: from - (rate.burst - 1) * interval };
}

/** When the next start is due after so many more. */
export function afterStarts(rate: Rate, due: DueStart, now: Instant, starts: number): DueStart {
  return Math.max(due, now) + starts * intervalOf(rate);
}

function intervalOf({ limit, perMs }: Rate): number {
  return perMs / limit;
}
