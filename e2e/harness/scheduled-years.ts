import { GAPS, REPEATS } from '@holdfast/domain';
import { expressions, type Meant } from '../../libs/calendar/src/testing/expressions.ts';
import { ZONES } from '../../libs/calendar/src/testing/zones.ts';
import type { Policies } from './expected-ticks.ts';

/** A schedule that is to be made, and beside it what its expression means. */
export interface Plan extends Policies {
  readonly name: string;
  readonly meant: Meant;
  readonly timezone: string;
  readonly jitter: string;
}

const SEED = 2026;
const CLOCK_CHANGES = GAPS.flatMap((gap) => REPEATS.map((repeat) => ({ gap, repeat })));
const ALL = { misfire: 'all', misfireLimit: 1_000, overlap: 'allow', jitter: '0s' } as const;
const ANSWERS = [
  ALL,
  { ...ALL, jitter: '5m' },
  { ...ALL, misfireLimit: 7 },
  { ...ALL, maxRuns: 10 },
  { ...ALL, overlap: 'skip' },
  { ...ALL, overlap: 'queue' },
  { ...ALL, overlap: 'cancel' },
  { ...ALL, misfire: 'last' },
  { ...ALL, misfire: 'last', overlap: 'skip' },
  { ...ALL, misfire: 'none' },
  { ...ALL, paused: true },
] as const;

/** The same for the same number: one expression after the other, each in the next zone and with the next policies. */
export function plansOf(count: number): Plan[] {
  const meanings = expressions(SEED);
  return Array.from({ length: count }, (_, n) => ({
    name: `plan-${n}`,
    meant: meanings.next().value as Meant,
    timezone: pick(ZONES, n),
    ...pick(CLOCK_CHANGES, n + Math.floor(n / ZONES.length)), // so that each zone meets each of them
    ...pick(ANSWERS, n),
  }));
}

function pick<T>(values: readonly T[], n: number): T {
  return values[n % values.length] as T;
}
