import { randomBytes } from 'node:crypto';
import { MISFIRES, OVERLAPS } from '@holdfast/domain';
import type { Random } from '../random.ts';
import { randomQueue, TENANTS } from './workload.ts';

/** Seconds of the minute, said as cron says it and as a list, so that the checks need nobody to read an expression. */
export const SECONDLY: Readonly<Record<string, (second: number) => boolean>> = {
  '* * * * * *': () => true,
  '*/2 * * * * *': (second) => second % 2 === 0,
  '1-59/3 * * * * *': (second) => second % 3 === 1,
  '5,6,20-30,59 * * * * *': (second) => [5, 6, 59].includes(second) || (second >= 20 && second <= 30),
};
export const INTERVALS_MS = [1_000, 1_700, 2_500] as const;

/** Where wall clocks agree on the seconds, whatever they say of the hours. */
const ZONES = ['UTC', 'Europe/Berlin', 'America/Santiago', 'Asia/Kolkata', 'Australia/Lord_Howe'] as const;

/** As the API takes it. It ends by itself, so that a run has an end. */
export interface ScheduleBody {
  readonly name: string;
  readonly cron?: string | undefined;
  readonly every?: string | undefined;
  readonly timezone: string;
  readonly startAt: string;
  readonly endAt: string;
  readonly misfire: (typeof MISFIRES)[number];
  readonly misfireLimit: number;
  readonly overlap: (typeof OVERLAPS)[number];
  readonly job: object;
}

export function randomSchedule(random: Random): { readonly tenant: string; readonly body: ScheduleBody } {
  const startAt = Date.now() + random.between(500, 3_000);
  const byCron = random.chance(0.6);
  const body: ScheduleBody = {
    name: `s-${randomBytes(6).toString('hex')}`,
    ...(byCron
      ? { cron: random.pick(Object.keys(SECONDLY)) }
      : { every: `${random.pick(INTERVALS_MS) ?? INTERVALS_MS[0]}ms` }),
    timezone: random.pick(ZONES) ?? 'UTC',
    startAt: new Date(startAt).toISOString(),
    endAt: new Date(startAt + random.between(10_000, 30_000)).toISOString(),
    misfire: random.chance(0.7) ? 'all' : (random.pick(MISFIRES) ?? 'all'),
    misfireLimit: 1_000,
    overlap: random.chance(0.5) ? 'allow' : (random.pick(OVERLAPS) ?? 'allow'),
    job: {
      type: 'chaos.effect',
      queue: randomQueue(random),
      payload: { takes: random.chance(0.2) ? 1_500 : random.between(0, 200) },
      timeout: '60s',
      maxAttempts: 4,
      backoff: { strategy: 'fixed', delay: '300ms' },
    },
  };
  return { tenant: random.pick(TENANTS) ?? 'default', body };
}
