import { describe, expect, it, jest } from '@jest/globals';
import { GAPS, REPEATS, type Gap, type Instant, type Repeat } from '@holdfast/domain';
import { bruteForce, isWanted, WallClock, type ForcedTick } from './testing/brute-force.ts';
import { expressions, type Meant } from './testing/expressions.ts';
import { ZONES } from './testing/zones.ts';
import { readCron } from './cron-pattern.ts';
import { CronTimetable } from './cron-timetable.ts';
import { findZone } from './time-zone.ts';

/**
 * Every policy in the weeks in which a zone changes its clocks and, if years are asked for, one policy after the other over
 * all of that time. ORACLE_EXPRESSIONS=200 ORACLE_YEARS=3 is the full size: half an hour. ORACLE_SKIP leaves out the first
 * expressions, ORACLE_ZONES all zones but those.
 */
const size = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const EXPRESSIONS = size('ORACLE_EXPRESSIONS', 8);
const SKIPPED = size('ORACLE_SKIP', 0);
const YEARS = size('ORACLE_YEARS', 0);
const SEED = 2026;

/** In 2023 to 2025, so that no release of the zone tables changes it; 2024 has a leap day. */
const START = Date.UTC(2023, 0, 1);
const END = Date.UTC(2023 + Math.max(1, YEARS), 0, 1);
type Policies = readonly [Gap, Repeat];
const POLICIES: readonly Policies[] = GAPS.flatMap((gap) => REPEATS.map((repeat): Policies => [gap, repeat]));
const WEEK = 7 * 86_400_000;

jest.setTimeout(YEARS === 0 ? 60_000 : 3_600_000);

describe('ticks', () => {
  const every = [...take(expressions(SEED), EXPRESSIONS)].slice(SKIPPED);

  it.each(ZONES.filter((zone) => (process.env['ORACLE_ZONES'] ?? zone).split(',').includes(zone)))(
    'in %s are those that looking at every minute finds, by every policy',
    (zone) => {
      const changes = weeksOfChange(zone).map(([from, until]) => new WallClock(zone, from, until));
      const years = YEARS === 0 ? [] : [new WallClock(zone, START, END)];
      let compared = 0;
      every.forEach((meant, n) => {
        for (const clock of changes) compared += compare(zone, clock, meant, POLICIES);
        for (const clock of years)
          compared += compare(zone, clock, meant, [POLICIES[n % POLICIES.length] ?? ['skip', 'both']]);
      });
      expect(compared).toBeGreaterThan(every.length);
      if (YEARS > 0) process.stdout.write(`${zone}: ${compared} ticks of ${every.length} expressions\n`);
    },
  );
});

function* take<T>(generator: Generator<T>, count: number): Generator<T> {
  for (let n = 0; n < count; n++) yield generator.next().value as T;
}

/** @returns how many ticks were found */
function compare(zone: string, clock: WallClock, meant: Meant, policies: readonly Policies[]): number {
  const forced = bruteForce(clock, meant);
  let compared = 0;
  for (const [gap, repeat] of policies) {
    const expected = forced.filter((tick) => isWanted(tick, gap, repeat));
    const found = ticksOf(meant, zone, gap, repeat, clock);
    compared += found.length;
    if (isSame(found, expected)) continue;
    const judged = { zone, cron: meant.text, gap, repeat };
    expect({ ...judged, ticks: found }).toEqual({ ...judged, ticks: expected });
  }
  return compared;
}

function isSame(found: readonly ForcedTick[], expected: readonly ForcedTick[]): boolean {
  const equals = ({ at, kind }: ForcedTick, n: number): boolean => at === expected[n]?.at && kind === expected[n].kind;
  return found.length === expected.length && found.every(equals);
}

/** The weeks in which the zone changes its clocks, a day more on either side, and the one with the leap day. */
function weeksOfChange(zone: string): [Instant, Instant][] {
  const offset = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset', day: 'numeric' });
  const offsetAt = (at: Instant): string | undefined =>
    offset.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  const weeks = Array.from({ length: Math.floor((END - START) / WEEK) }, (_, n) => START + n * WEEK);
  const changed = weeks.filter((from) => offsetAt(from) !== offsetAt(from + WEEK));
  return [...changed, Date.UTC(2024, 1, 26)].map((from) => [from - 86_400_000, from + WEEK + 86_400_000]);
}

function ticksOf(meant: Meant, zone: string, gap: Gap, repeat: Repeat, { from, until }: WallClock): ForcedTick[] {
  const found = findZone(zone);
  if (!found) throw new Error(`there is no zone ${zone}`);
  const timetable = new CronTimetable(readCron(meant.text), found, { gap, repeat });
  const ticks: ForcedTick[] = [];
  for (let tick = timetable.next(from - 1); tick && tick.at < until; tick = timetable.next(tick.at)) {
    const { oddity } = tick;
    if (!tick.skipped)
      ticks.push({ at: tick.at, kind: !oddity ? 'plain' : oddity.kind === 'gap' ? 'gap' : oddity.which });
  }
  return ticks;
}
