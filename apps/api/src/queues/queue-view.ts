import { z } from 'zod';
import { cursorField, limitField } from '../http/page.ts';
import { nameField, queueField, strictObject } from '@holdfast/contract';
import { JOB_LIMITS } from '@holdfast/domain';
import { StateCounts } from '../statistics/state-counts.ts';

const RateView = z.object({ limit: z.int(), per: z.enum(['second', 'minute', 'hour']), burst: z.int() }).nullable();

const LimitsView = z.object({
  concurrency: z.int().nullable().meta({ description: 'How many jobs of the tenant run at once' }),
  rate: RateView,
  perKey: z.object({
    concurrency: z.int().meta({ description: 'How many with the same concurrencyKey run at once' }),
    rate: RateView,
  }),
});
export type LimitsView = z.output<typeof LimitsView>;

export const QueueView = z.object({
  name: z.string(),
  jobs: StateCounts,
  oldestReadyAgeMs: z.int().nullable().meta({ description: 'How long the job that is due longest has waited' }),
  paused: z
    .object({ since: z.iso.datetime(), by: z.string().meta({ description: 'The subject of the token' }) })
    .nullable(),
  limits: LimitsView,
  weights: z.record(z.string(), z.number()).meta({ description: 'Shares of the starts by fairnessKey, if not 1' }),
  priorityAging: z
    .int()
    .nullable()
    .meta({ description: 'The wait that makes up for a step of priority, in milliseconds' }),
  held: z
    .object({
      running: z.int().meta({ description: 'Jobs of the tenant that run there' }),
      isFull: z.boolean().meta({ description: 'No other may start before one of them has ended' }),
      fullKeys: z.int().meta({ description: 'Concurrency keys of which no other job may start' }),
    })
    .nullable()
    .meta({ description: 'What its limits hold back now; null: it has none' }),
});
export type QueueView = z.output<typeof QueueView>;

export const QueueQuery = strictObject({ limit: limitField, cursor: cursorField(nameField(JOB_LIMITS.nameLength)) });
export type QueueQuery = z.output<typeof QueueQuery>;

export const QueueParameters = strictObject({ name: queueField });
export type QueueParameters = z.output<typeof QueueParameters>;
