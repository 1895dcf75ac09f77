import { durationField, integerField, laneKeyField, strictObject } from '@holdfast/contract';
import { JOB_LIMITS } from '@holdfast/domain';
import { z } from 'zod';

export const SPANS_MS = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;
const SPANS = ['second', 'minute', 'hour'] as const;
const WEIGHT_MESSAGE = `must be a number above 0 and up to ${JOB_LIMITS.weight}`;
const WEIGHTS_MESSAGE = `must be an object of at most ${JOB_LIMITS.weights} fairness keys and their weights`;

const concurrencyField = integerField(1, JOB_LIMITS.atOnce)
  .nullable()
  .optional()
  .meta({ description: 'How many run at once' });

export const Rate = strictObject({
  limit: integerField(1, JOB_LIMITS.rate).meta({ description: 'Starts, retries counted, in a span of time' }),
  per: z.enum(SPANS, `must be one of ${SPANS.join(', ')}`),
  burst: integerField(1, JOB_LIMITS.rate)
    .prefault(1)
    .meta({ description: 'How many may start at once after a pause; 1 spreads them evenly' }),
});

const rateField = Rate.nullable().optional();

const weightsField = z
  .record(
    laneKeyField,
    z.number(WEIGHT_MESSAGE).positive(WEIGHT_MESSAGE).max(JOB_LIMITS.weight, WEIGHT_MESSAGE),
    WEIGHTS_MESSAGE,
  )
  .refine((weights) => Object.keys(weights).length <= JOB_LIMITS.weights, WEIGHTS_MESSAGE);

/** What a tenant decides about its jobs in a queue. What is left out stays as it is; null removes. */
export const QueueChanges = strictObject({
  limits: strictObject({
    concurrency: concurrencyField,
    rate: rateField,
    perKey: strictObject({ concurrency: concurrencyField, rate: rateField })
      .nullable()
      .optional()
      .meta({ description: 'Of the jobs that share a concurrencyKey; one at once unless it says otherwise' }),
  })
    .nullable()
    .optional()
    .meta({ description: 'Of the jobs of the tenant in this queue' }),
  weights: weightsField.nullable().optional().meta({
    description: 'Shares of the starts by fairnessKey, replaced as a whole; what is not named has a weight of 1',
  }),
  priorityAging: durationField(1, JOB_LIMITS.agingMs).nullable().optional().meta({
    description: 'So long a wait makes up for a step of priority, so that low ones are not starved',
  }),
});
export type QueueChanges = z.output<typeof QueueChanges>;

export const LIMIT_EXAMPLES = {
  atOnce: { summary: 'At most ten at once', value: { limits: { concurrency: 10 } } },
  rate: {
    summary: 'At most 100 a minute, up to 20 of them at once',
    value: { limits: { rate: { limit: 100, per: 'minute', burst: 20 } } },
  },
  perKey: { summary: 'Three at once for each concurrencyKey', value: { limits: { perKey: { concurrency: 3 } } } },
  weights: { summary: 'Three of four starts for gold', value: { weights: { gold: 3 } } },
  aging: {
    summary: 'A job that waits for ten minutes is as good as a new one with a priority higher by ten',
    value: { priorityAging: '1m' },
  },
  none: { summary: 'No limits any more', value: { limits: null } },
};
