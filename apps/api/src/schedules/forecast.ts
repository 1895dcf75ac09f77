import { timetableOf, toLocalTime } from '@holdfast/calendar';
import { strictObject, timeField } from '@holdfast/contract';
import { ticksUntil, type Instant, type ScheduleDefinition, type Tick } from '@holdfast/domain';
import { z } from 'zod';
import { limitField } from '../http/page.ts';

/** A run that lies ahead. */
export const ForecastTick = z.object({
  at: z.iso.datetime(),
  localTime: z.string().meta({ description: 'What clocks in the zone show', examples: ['2026-03-29T03:00:00+02:00'] }),
  runs: z.boolean().meta({ description: 'false: the policy for gaps skips it' }),
  odd: z
    .enum(['gap', 'repeated-first', 'repeated-last'])
    .nullable()
    .meta({ description: 'The clock is set forward over its time, or back, so that its time comes twice' }),
  note: z.string().nullable().meta({ description: 'What is odd, in words' }),
});
export type ForecastTick = z.output<typeof ForecastTick>;

export const Forecast = z.object({ items: z.array(ForecastTick) });
export type Forecast = z.output<typeof Forecast>;

export const ForecastQuery = strictObject({
  from: timeField().optional().meta({ description: 'From when on; now, unless given' }),
  limit: limitField,
});
export type ForecastQuery = z.output<typeof ForecastQuery>;

type Timing = Pick<ScheduleDefinition, 'recurrence' | 'timezone' | 'startAt' | 'endAt'>;

/** The next ticks from an instant on, those that are odd marked. */
export function forecast(timing: Timing, createdAt: Instant, from: Instant, limit: number): Forecast {
  const timetable = timetableOf(timing, createdAt);
  const ticks = ticksUntil(timetable, timetable.next(from - 1), Infinity, limit);
  return { items: ticks.map((tick) => viewOfTick(tick, timing.timezone)) };
}

function viewOfTick(tick: Tick, timezone: string): ForecastTick {
  const { at, oddity } = tick;
  const odd = oddity === undefined ? null : oddity.kind === 'gap' ? 'gap' : (`repeated-${oddity.which}` as const);
  return {
    at: new Date(at).toISOString(),
    localTime: toLocalTime(at, timezone),
    runs: tick.skipped !== true,
    odd,
    note: noteOn(tick),
  };
}

function noteOn({ oddity, skipped }: Tick): string | null {
  if (!oddity) return null;
  if (oddity.kind === 'repeated')
    return `The clock is set back and shows this time twice; this is the ${oddity.which}.`;
  const missing = new Date(oddity.missing).toISOString().slice(11, 16);
  return `The clock is set forward over ${missing}; ${skipped ? 'nothing runs for it' : 'it runs at the first moment after'}.`;
}
