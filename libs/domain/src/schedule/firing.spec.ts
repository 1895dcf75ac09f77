import { describe, expect, it } from '@jest/globals';
import type { Instant } from '../job/scalars.ts';
import { fire, type DueSchedule, type Firing } from './firing.ts';
import { MISFIRE_AFTER_MS, type ScheduleDefinition, type SchedulePause } from './schedule.ts';
import { intervalTimetable, type Timetable } from './timetable.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 0, 1, 12);
const HOURLY = intervalTimetable(HOUR, 0);
const MINUTELY = intervalTimetable(MINUTE, 0);

const DEFINITION: ScheduleDefinition = {
  recurrence: { kind: 'every', everyMs: HOUR },
  timezone: 'UTC',
  job: {
    type: 'echo',
    queue: 'default',
    payload: '{}',
    priority: 0,
    timeoutMs: 1_000,
    maxAttempts: 5,
    backoff: { strategy: 'fixed', delayMs: 1_000, maxDelayMs: 1_000, jitter: 0 },
    tags: [],
  },
  misfire: 'last',
  misfireLimit: 100,
  overlap: 'allow',
  jitterMs: 0,
};

interface Case {
  readonly definition?: Partial<ScheduleDefinition>;
  readonly nextAt?: Instant;
  readonly queuedAt?: Instant;
  readonly runs?: number;
  readonly pause?: SchedulePause;
  readonly isBusy?: boolean;
  readonly now?: Instant;
  readonly timetable?: Timetable;
  readonly limit?: number;
}

function look(each: Case): Firing {
  const { definition = {}, nextAt = NOON, queuedAt, runs = 0, pause, isBusy = false } = each;
  const schedule: DueSchedule = {
    id: 'a-schedule',
    tenant: 'default',
    definition: { ...DEFINITION, ...definition },
    progress: { lastAt: undefined, nextAt, queuedAt, runs },
    pause,
    isBusy,
  };
  const { now = NOON, timetable = HOURLY, limit = 100 } = each;
  let ids = 0;
  return fire(schedule, timetable, { now, limit, newId: () => `job ${++ids}` });
}

/** Each tick by its distance from noon in units, and what became of it. */
function told({ occurrences }: Firing, unit = HOUR): string[] {
  return occurrences.map(({ plannedAt, verdict }) => {
    const what = verdict.outcome === 'skipped' ? verdict.reason : verdict.outcome;
    return `${(plannedAt - NOON) / unit} ${what}`;
  });
}

describe('a look at a schedule', () => {
  it('fires the tick that is due and names the next, counted from it and not from now', () => {
    const firing = look({ now: NOON + 1_234 });
    expect(told(firing)).toEqual(['0 fired']);
    expect(firing.occurrences[0]?.verdict).toMatchObject({ lateMs: 1_234, job: { runAt: NOON + 1_234 } });
    expect(firing.progress).toEqual({ lastAt: NOON, nextAt: NOON + HOUR, queuedAt: undefined, runs: 1 });
    expect(firing.isBehind).toBe(false);
  });

  it('decides nothing before its time', () => {
    const firing = look({ now: NOON - 1 });
    expect(told(firing)).toEqual([]);
    expect(firing.progress.nextAt).toBe(NOON);
  });

  it.each([
    ['none', {}, ['0 misfire', '1 misfire', '2 misfire', '3 misfire']],
    ['last', {}, ['0 misfire', '1 misfire', '2 misfire', '3 fired']],
    ['all', { misfireLimit: 2 }, ['0 misfire', '1 misfire', '2 fired', '3 fired']],
    ['all', { misfireLimit: 100 }, ['0 fired', '1 fired', '2 fired', '3 fired']],
  ] as const)('makes up for missed ticks as misfire %s says, bounded by %o', (misfire, bound, expected) => {
    const firing = look({ now: NOON + 3 * HOUR + 2 * MISFIRE_AFTER_MS, definition: { misfire, ...bound } });
    expect(told(firing)).toEqual(expected);
    expect(firing.progress.nextAt).toBe(NOON + 4 * HOUR);
  });

  it('does not call missed what is a little late', () => {
    const firing = look({ now: NOON + MISFIRE_AFTER_MS, timetable: MINUTELY, definition: { misfire: 'none' } });
    expect(told(firing, MINUTE)).toEqual(['0 fired', '1 fired']);
  });

  it('takes a long outage in steps, and judges each tick by all that were missed', () => {
    const now = NOON + 10 * HOUR + HOUR / 2;
    const definition = { misfire: 'all', misfireLimit: 3 } as const;
    const first = look({ now, limit: 4, definition });
    expect(told(first)).toEqual(['0 misfire', '1 misfire', '2 misfire', '3 misfire']);
    expect(first).toMatchObject({ isBehind: true, progress: { nextAt: NOON + 4 * HOUR } });
    const rest = look({ now, limit: 100, definition, nextAt: NOON + 4 * HOUR });
    expect(told(rest).slice(-4)).toEqual(['7 misfire', '8 fired', '9 fired', '10 fired']);
    expect(rest.isBehind).toBe(false);
  });

  it('counts no tick that falls into a gap among the missed ones that run', () => {
    const gapAt = NOON + 3 * HOUR;
    const withGap: Timetable = {
      next: (after) => {
        const { at } = HOURLY.next(after) ?? { at: NaN };
        return at === gapAt ? { at, skipped: true } : { at };
      },
    };
    const firing = look({ now: NOON + 9.5 * HOUR, timetable: withGap, limit: 3 });
    expect(told(firing)).toEqual(['0 misfire', '1 misfire', '2 misfire']);
  });

  describe('while an earlier job has not finished', () => {
    it.each([
      ['allow', ['0 fired']],
      ['skip', ['0 overlap']],
      ['queue', ['0 queued']],
      ['cancel', ['0 queued']],
    ] as const)('overlap %s', (overlap, expected) => {
      const firing = look({ isBusy: true, definition: { overlap } });
      expect(told(firing)).toEqual(expected);
      expect(firing.cancelsOthers).toBe(overlap === 'cancel');
      expect(firing.progress.queuedAt).toBe(expected[0] === '0 queued' ? NOON : undefined);
    });

    it('only one tick waits; with cancel the newest', () => {
      const waiting = { isBusy: true, queuedAt: NOON - HOUR };
      const queue = look({ ...waiting, definition: { overlap: 'queue' } });
      expect([told(queue), queue.released, queue.progress.queuedAt]).toEqual([['0 overlap'], undefined, NOON - HOUR]);
      const cancel = look({ ...waiting, definition: { overlap: 'cancel' } });
      expect([told(cancel), cancel.progress.queuedAt]).toEqual([['0 queued'], NOON]);
      expect(cancel.released).toEqual({
        plannedAt: NOON - HOUR,
        verdict: { outcome: 'skipped', reason: 'overlap' },
      });
    });

    it('what waits goes on waiting, and asks again to have the other cancelled', () => {
      const still = look({
        isBusy: true,
        queuedAt: NOON - HOUR,
        nextAt: NOON + HOUR,
        definition: { overlap: 'cancel' },
      });
      expect(still).toMatchObject({ released: undefined, cancelsOthers: true, progress: { queuedAt: NOON - HOUR } });
    });
  });

  it('starts what waited when the way is free, late by all that time', () => {
    const firing = look({ queuedAt: NOON - HOUR, nextAt: NOON + HOUR, now: NOON, definition: { overlap: 'queue' } });
    expect(firing.released).toMatchObject({ plannedAt: NOON - HOUR, verdict: { outcome: 'fired', lateMs: HOUR } });
    expect(firing.progress).toMatchObject({ queuedAt: undefined, runs: 1 });
  });

  it('with overlap skip starts one of several that are due at once', () => {
    const firing = look({ now: NOON + MINUTE, timetable: MINUTELY, definition: { overlap: 'skip' } });
    expect(told(firing, MINUTE)).toEqual(['0 fired', '1 overlap']);
  });

  it('skips what comes due in a pause, also what waited, and nothing else', () => {
    const paused = look({ pause: { since: NOON + 1, until: undefined }, queuedAt: NOON - HOUR, now: NOON + 2 });
    expect([told(paused), paused.released?.verdict]).toEqual([['0 paused'], { outcome: 'skipped', reason: 'paused' }]);
    const resumed = look({ pause: { since: NOON - 1, until: NOON + 1 }, now: NOON + HOUR });
    expect(told(resumed)).toEqual(['0 paused', '1 fired']);
  });

  it('ends after as many runs as it may make, counting the one that waits', () => {
    const definition = { maxRuns: 3 };
    const last = look({ runs: 2, definition, now: NOON + MINUTE, timetable: MINUTELY });
    expect([told(last), last.progress.nextAt]).toEqual([['0 fired'], undefined]);
    const waits = look({ runs: 2, isBusy: true, definition: { ...definition, overlap: 'queue' } });
    expect([told(waits), waits.progress.nextAt]).toEqual([['0 queued'], undefined]);
  });

  it('ends with its timetable', () => {
    const once: Timetable = { next: (after) => (after < NOON ? { at: NOON } : undefined) };
    const firing = look({ timetable: once });
    expect([told(firing), firing.progress.nextAt]).toEqual([['0 fired'], undefined]);
  });

  it('skips a tick in a gap of the clock, and does not take it for the last one that was missed', () => {
    const gap: Timetable = {
      next: (after) => {
        const tick = HOURLY.next(after);
        return tick && { ...tick, skipped: tick.at === NOON + HOUR };
      },
    };
    const firing = look({ timetable: gap, now: NOON + HOUR + 2 * MISFIRE_AFTER_MS, nextAt: NOON });
    expect(told(firing)).toEqual(['0 fired', '1 gap']);
  });

  it('puts a run off by its share of the jitter, always the same', () => {
    const runAt = (nextAt: Instant): number => {
      const { verdict } = look({ nextAt, now: nextAt, definition: { jitterMs: MINUTE } }).occurrences[0] ?? {};
      return verdict?.outcome === 'fired' ? verdict.job.runAt - nextAt : NaN;
    };
    const shares = Array.from({ length: 200 }, (_, n) => runAt(NOON + n * HOUR));
    expect(shares).toEqual(Array.from({ length: 200 }, (_, n) => runAt(NOON + n * HOUR)));
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...shares)).toBeLessThanOrEqual(MINUTE);
    const quarters = [0, 1, 2, 3].map((q) => shares.filter((share) => Math.floor((share / MINUTE) * 4) === q).length);
    expect(Math.min(...quarters)).toBeGreaterThan(25);
  });
});
