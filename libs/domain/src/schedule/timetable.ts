import type { Instant } from '../job/scalars.ts';

/** Why a tick is not an ordinary one: the clock was set forward over its time, or back, so that its time came twice. */
export type Oddity =
  | { readonly kind: 'gap'; /** The time that did not exist, as if it were UTC. */ readonly missing: number }
  | { readonly kind: 'repeated'; readonly which: 'first' | 'last' };

export interface Tick {
  readonly at: Instant;
  readonly oddity?: Oddity | undefined;
  /** By the policy for gaps nothing runs; the tick stands for the times that were left out. */
  readonly skipped?: boolean | undefined;
}

/** When ticks come. Asked from one tick to the next, so that none is lost or doubled however late it is asked. */
export interface Timetable {
  /** @returns the first tick after that instant; undefined: there is none */
  next(after: Instant): Tick | undefined;
}

/** At `anchor`, and then again and again after the same time, whatever clocks on walls do. */
export function intervalTimetable(everyMs: number, anchor: Instant): Timetable {
  return {
    next: (after) => ({
      at: after < anchor ? anchor : anchor + (Math.floor((after - anchor) / everyMs) + 1) * everyMs,
    }),
  };
}

/** Of a timetable, what lies between two instants, both included. */
export function boundedTimetable(timetable: Timetable, startAt?: Instant, endAt?: Instant): Timetable {
  return {
    next: (after) => {
      const tick = timetable.next(startAt === undefined ? after : Math.max(after, startAt - 1));
      return tick && (endAt === undefined || tick.at <= endAt) ? tick : undefined;
    },
  };
}

/** From a given first one, as many ticks up to `until` as asked for, each computed from the one before. */
export function ticksUntil(timetable: Timetable, first: Tick | undefined, until: Instant, limit: number): Tick[] {
  const ticks: Tick[] = [];
  for (let tick = first; tick && tick.at <= until && ticks.length < limit; tick = timetable.next(tick.at)) {
    ticks.push(tick);
  }
  return ticks;
}
