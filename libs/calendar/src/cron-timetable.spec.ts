import { describe, expect, it } from '@jest/globals';
import { ticksUntil, type Recurrence } from '@holdfast/domain';
import { fromLocalTime, toLocalTime } from './local-time.ts';
import { findZone } from './time-zone.ts';
import { clockChangesOf, timetableOf } from './timetable-of.ts';

type Cron = Partial<Recurrence & { kind: 'cron' }>;

/** The local times of the ticks of some days, and what is odd about them. */
function ticks(cron: string, timezone: string, day: string, days: number, policies: Cron = {}): string[] {
  const recurrence = { kind: 'cron', cron, ...policies } as const;
  const [from = NaN] = fromLocalTime(`${day}T00:00`, timezone) ?? [];
  const timetable = timetableOf({ recurrence, timezone }, 0);
  return ticksUntil(timetable, timetable.next(from - 1), from + days * 86_400_000 - 3_600_001, 1_000).map((tick) => {
    const { oddity } = tick;
    const odd = oddity && (oddity.kind === 'gap' ? (tick.skipped ? ' skipped' : ' gap') : ` ${oddity.which}`);
    return `${toLocalTime(tick.at, timezone).slice(5, 16)}${odd ?? ''}`;
  });
}

describe('a cron expression in a zone', () => {
  it('runs what a gap leaves out once, right after it, or not at all', () => {
    const night = ['30 2 * * *', 'Europe/Berlin', '2026-03-28', 3] as const;
    expect(ticks(...night)).toEqual(['03-28T02:30', '03-29T03:00 gap', '03-30T02:30']);
    expect(ticks(...night, { gap: 'skip' })).toEqual(['03-28T02:30', '03-29T03:00 skipped', '03-30T02:30']);
  });

  it('runs once where several times are left out, and where one comes right after them anyway', () => {
    const night = ['2026-03-29', 1] as const;
    expect(ticks('5,35 2 * * *', 'Europe/Berlin', ...night)).toEqual(['03-29T03:00 gap']);
    expect(ticks('0 2,3 * * *', 'Europe/Berlin', ...night)).toEqual(['03-29T03:00']);
  });

  it('runs what comes twice the first time, the last time, or both', () => {
    const night = ['30 2 * * *', 'Europe/Berlin', '2026-10-25', 1] as const;
    expect(ticks(...night)).toEqual(['10-25T02:30 first']);
    expect(ticks(...night, { repeat: 'last' })).toEqual(['10-25T02:30 last']);
    expect(ticks(...night, { repeat: 'both' })).toEqual(['10-25T02:30 first', '10-25T02:30 last']);
  });

  it('knows the half hour of Lord Howe', () => {
    expect(ticks('15 2 * * *', 'Australia/Lord_Howe', '2026-10-04', 1)).toEqual(['10-04T02:30 gap']);
    const back = ticks('45 1 * * *', 'Australia/Lord_Howe', '2026-04-05', 1, { repeat: 'both' });
    expect(back).toEqual(['04-05T01:45 first', '04-05T01:45 last']);
  });

  it('begins a day that has no midnight at its first moment', () => {
    expect(ticks('@daily', 'America/Santiago', '2026-09-05', 3)).toEqual([
      '09-05T00:00',
      '09-06T01:00 gap',
      '09-07T00:00',
    ]);
  });

  it('runs once for a day that a country left out', () => {
    const week = ticks('0 12 * * *', 'Pacific/Apia', '2011-12-29', 2);
    expect(week).toEqual(['12-29T12:00', '12-31T00:00 gap', '12-31T12:00']);
  });

  it('that runs the day round follows the clock, and makes up for nothing', () => {
    expect(clockChangesOf({ kind: 'cron', cron: '15 * * * *' })).toEqual({ gap: 'skip', repeat: 'both' });
    expect(clockChangesOf({ kind: 'cron', cron: '15 4 * * *' })).toEqual({ gap: 'after', repeat: 'first' });
    expect(clockChangesOf({ kind: 'cron', cron: '15 * * * *', repeat: 'last' })).toEqual({
      gap: 'skip',
      repeat: 'last',
    });
  });

  it('finds leap days, however far apart', () => {
    const recurrence = { kind: 'cron', cron: '0 12 29 2 *' } as const;
    const timetable = timetableOf({ recurrence, timezone: 'Europe/Berlin' }, 0);
    const first = timetable.next(Date.UTC(2096, 1, 29, 12));
    expect(new Date(first?.at ?? NaN).toISOString()).toBe('2104-02-29T11:00:00.000Z');
  });

  it('lies between its bounds, both included', () => {
    const recurrence = { kind: 'cron', cron: '0 * * * *' } as const;
    const [startAt, endAt] = [Date.UTC(2026, 0, 1, 5), Date.UTC(2026, 0, 1, 7)];
    const timetable = timetableOf({ recurrence, timezone: 'UTC', startAt, endAt }, 0);
    expect(ticksUntil(timetable, timetable.next(0), Infinity, 100).map(({ at }) => new Date(at).getUTCHours())).toEqual(
      [5, 6, 7],
    );
  });
});

describe('an interval', () => {
  const recurrence = { kind: 'every', everyMs: 90_000 } as const;

  it('counts from when the schedule was made, or from its start', () => {
    expect(timetableOf({ recurrence, timezone: 'UTC' }, 1_000).next(1_000)).toEqual({ at: 91_000 });
    expect(timetableOf({ recurrence, timezone: 'UTC', startAt: 5_000 }, 1_000).next(0)).toEqual({ at: 5_000 });
    expect(timetableOf({ recurrence, timezone: 'UTC', startAt: 5_000 }, 1_000).next(5_000)).toEqual({ at: 95_000 });
  });
});

describe('a zone', () => {
  it.each(['Nowhere/City', '+02:00', '', 'CET; DROP TABLE', 'x'.repeat(1_000)])('"%s" is none', (name) => {
    expect(findZone(name)).toBeUndefined();
  });

  it('is the same in any case', () => {
    expect(findZone('europe/BERLIN')?.name).toBe('Europe/Berlin');
  });
});

describe('a local time', () => {
  it('stands for two instants where it comes twice, and for the end of the gap where it does not come', () => {
    const shown = (text: string): string[] | undefined =>
      fromLocalTime(text, 'Europe/Berlin')?.map((at) => new Date(at).toISOString().slice(0, 16));
    expect(shown('2026-07-01T12:00')).toEqual(['2026-07-01T10:00']);
    expect(shown('2026-10-25T02:30')).toEqual(['2026-10-25T00:30', '2026-10-25T01:30']);
    expect(shown('2026-03-29T02:30')).toEqual(['2026-03-29T01:00']);
    for (const text of ['2026-02-30T00:00', 'noon', '2026-01-01', '2026-01-01T25:00'])
      expect(shown(text)).toBeUndefined();
  });
});
