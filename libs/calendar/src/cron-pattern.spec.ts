import { describe, expect, it } from '@jest/globals';
import { CronError, readCron } from './cron-pattern.ts';

const START = Date.UTC(2026, 0, 1);
const first = (cron: string): string => new Date(readCron(cron).next(START) ?? NaN).toISOString().slice(0, 19);

describe('a cron expression', () => {
  it.each([
    ['30 2 * * *', '2026-01-01T02:30:00'],
    ['15 30 2 * * *', '2026-01-01T02:30:15'],
    ['  0   0  1  *  *  ', '2026-02-01T00:00:00'],
    ['@yearly', '2027-01-01T00:00:00'],
    ['@annually', '2027-01-01T00:00:00'],
    ['@monthly', '2026-02-01T00:00:00'],
    ['@weekly', '2026-01-04T00:00:00'],
    ['@daily', '2026-01-02T00:00:00'],
    ['@midnight', '2026-01-02T00:00:00'],
    ['@HOURLY', '2026-01-01T01:00:00'],
    ['0 0 13 * 5', '2026-01-02T00:00:00'], // either day
    ['0 0 * * 7', '2026-01-04T00:00:00'],
    ['0 0 * feb mon-fri', '2026-02-02T00:00:00'],
    ['0 0 L 2 *', '2026-02-28T00:00:00'],
    ['0 0 * * FRI#2', '2026-01-09T00:00:00'],
    ['0 0 29 2 *', '2028-02-29T00:00:00'],
    ['0 0 29 2 MON#5', '2028-02-29T00:00:00'],
  ])('"%s" matches first at %s', (cron, expected) => {
    expect(first(cron)).toBe(expected);
  });

  it.each([
    ['', /has 0 fields; write five fields/],
    ['* * * *', /has 4 fields/],
    ['* * * * * * *', /has 7 fields/],
    ['2026-01-01T00:00:00', /has 1 fields/],
    ['@reboot', /has 1 fields; write .*@hourly/],
    ['61 * * * *', /"61" for the minute, which may be \*, 0 to 59/],
    ['0 25 * * *', /"25" for the hour/],
    ['0 0 32 * *', /"32" for the day of the month/],
    ['0 0 0 * *', /"0" for the day of the month/],
    ['0 0 * 13 *', /"13" for the month/],
    ['0 0 * * 8', /"8" for the day of the week/],
    ['0 0 * * noday', /"noday" for the day of the week/],
    ['99 * * * * *', /"99" for the second/],
    ['*/0 * * * *', /"\*\/0" for the minute/],
    ['5-1 * * * *', /"5-1" for the minute/],
    ['H * * * *', /"H" for the minute/],
    ['0 0 31 4 *', /never comes: no month has such a day.*"31" in the month "4"/],
    ['0 0 30 2 *', /never comes/],
    ['0 0 31 2,4,6,9,11 *', /never comes/],
    [`${'1,'.repeat(150)}1 * * * *`, /at most 200 characters/],
  ])('"%s" is refused with what would be right', (cron, message) => {
    const read = (): unknown => readCron(cron);
    expect(read).toThrow(CronError);
    expect(read).toThrow(message);
  });

  it('is told apart by whether it means to run the day round', () => {
    const allDay = ['* * * * *', '*/5 * * * *', '0 */2 * * *', '0 0 * * * *', '@hourly'];
    const atTimes = ['0 2 * * *', '0 1-5 * * *', '@daily', '0 0 0 * * *', '0 1,13 * * *'];
    expect(allDay.map((cron) => readCron(cron).runsAllDay)).toEqual(allDay.map(() => true));
    expect(atTimes.map((cron) => readCron(cron).runsAllDay)).toEqual(atTimes.map(() => false));
  });
});
