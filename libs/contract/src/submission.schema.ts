import { BACKOFF_STRATEGIES, CONFLICT_CHOICES, isOwnType, JOB_DEFAULTS, JOB_LIMITS } from '@holdfast/domain';
import { z } from 'zod';
import { dependsOnField } from './dependency.schema.ts';
import {
  durationField,
  idField,
  integerField,
  laneKeyField,
  printableField,
  queueField,
  strictObject,
  tagField,
  timeField,
  typeField,
} from './fields.ts';
import { payloadField } from './payload.ts';

const STRATEGY_MESSAGE = `must be one of ${BACKOFF_STRATEGIES.join(', ')}`;
const TAGS_MESSAGE = `must be at most ${JOB_LIMITS.tags} tags, none of them twice`;
const JITTER_MESSAGE = 'must be a number from 0 to 1';

export const Backoff = strictObject({
  strategy: z.enum(BACKOFF_STRATEGIES, STRATEGY_MESSAGE).prefault(JOB_DEFAULTS.backoff.strategy),
  delay: durationField(0, JOB_LIMITS.delayMs).prefault('1s'),
  maxDelay: durationField(0, JOB_LIMITS.delayMs).optional(),
  jitter: z
    .number(JITTER_MESSAGE)
    .min(0, JITTER_MESSAGE)
    .max(1, JITTER_MESSAGE)
    .prefault(JOB_DEFAULTS.backoff.jitter)
    .meta({ description: 'By which share of it a wait may be longer or shorter, at random' }),
})
  .refine(({ delay, maxDelay }) => maxDelay === undefined || maxDelay >= delay, {
    error: 'must not be shorter than delay',
    path: ['maxDelay'],
  })
  .transform(({ strategy, delay, maxDelay, jitter }) => ({
    strategy,
    delayMs: delay,
    maxDelayMs: maxDelay ?? Math.max(delay, JOB_DEFAULTS.backoff.maxDelayMs),
    jitter,
  }));

const SECOND_MS = 1_000;
const UNIQUE_KEY_MESSAGE = `must be 1 to ${JOB_LIMITS.uniqueKeyLength} printable characters without spaces around them`;
const uniqueKeyField = printableField(JOB_LIMITS.uniqueKeyLength, UNIQUE_KEY_MESSAGE).meta({
  description: 'Of all jobs of the tenant with this key there is one at a time',
  examples: ['report/2030-01'],
});

/** What may be said of a job wherever it is submitted. Times are judged against the clock later. */
export const JOB_FIELDS = {
  type: typeField
    .refine((type) => !isOwnType(type), 'must not begin with "holdfast.": such jobs are the system\'s own')
    .meta({
      description:
        'Which handler runs it. Workers come with echo, sleep ({"duration":"5s"}), fail, flaky ({"failures":2}), http.request ({"url":…}) and email.send; GET /v1/workers tells which types there are',
      examples: ['echo'],
    }),
  payload: payloadField,
  queue: queueField.prefault(JOB_DEFAULTS.queue),
  priority: integerField(0, JOB_LIMITS.priority)
    .prefault(JOB_DEFAULTS.priority)
    .meta({ description: 'Higher runs first' }),
  runAt: timeField()
    .optional()
    .meta({ description: 'Not before, at most a year ahead; a time that has passed means now' }),
  delay: durationField(0, JOB_LIMITS.delayMs).optional().meta({
    description:
      'Instead of runAt: how long to wait, such as 10s; a number alone is milliseconds, here and in every duration',
  }),
  deadline: timeField()
    .optional()
    .meta({ description: 'A job that has not started by then expires; at most two years ahead' }),
  timeout: durationField(1, JOB_LIMITS.timeoutMs).prefault('30s').meta({ description: 'How long an attempt may take' }),
  maxAttempts: integerField(1, JOB_LIMITS.attempts).prefault(JOB_DEFAULTS.maxAttempts),
  backoff: Backoff.prefault({}).meta({ description: 'How long to wait after a failed attempt' }),
  tags: z
    .array(tagField, 'must be an array of strings')
    .max(JOB_LIMITS.tags, TAGS_MESSAGE)
    .refine((tags) => new Set(tags).size === tags.length, TAGS_MESSAGE)
    .prefault([])
    .meta({ uniqueItems: true }),
  concurrencyKey: laneKeyField.optional().meta({
    description: 'Of the jobs that share one only so many run at once: one, unless the limits of the queue allow more',
    examples: ['customer-42'],
  }),
  ordered: z.boolean('must be true or false').optional().meta({
    description: 'Starts only when every job submitted before it with its concurrencyKey and ordered has finished',
  }),
  fairnessKey: laneKeyField.optional().meta({
    description: 'Jobs with different ones take turns, so that many of one do not keep those of another',
    examples: ['region-eu'],
  }),
  id: idField.optional().meta({
    description:
      'Your own id, if you have one; else a UUID version 7 is made. Lists go by it, so one of version 7 is best',
  }),
};

interface Related {
  readonly runAt?: unknown;
  readonly delay?: unknown;
  readonly ordered?: unknown;
  readonly concurrencyKey?: unknown;
}

/** Fields that only go together, or not together. */
export function coherent<Job extends z.ZodType<Related>>(job: Job) {
  return job
    .refine(({ runAt, delay }) => runAt === undefined || delay === undefined, {
      error: 'give runAt or delay, not both',
      path: ['delay'],
    })
    .refine(({ ordered, concurrencyKey }) => ordered !== true || concurrencyKey !== undefined, {
      error: 'goes with a concurrencyKey: which jobs keep an order among each other?',
      path: ['ordered'],
    });
}

const UNIQUE_FIELDS = {
  uniqueKey: uniqueKeyField.optional(),
  uniqueFor: durationField(SECOND_MS, JOB_LIMITS.uniqueForMs).optional().meta({
    description: 'How long the job holds its uniqueKey, whatever becomes of it; left out: until it has finished',
  }),
  onConflict: z
    .enum(CONFLICT_CHOICES, `must be one of ${CONFLICT_CHOICES.join(', ')}`)
    .optional()
    .meta({
      description:
        'When another job holds the uniqueKey: answer with that job (existing, unless told otherwise), replace its payload and times while it waits, or refuse',
    }),
};

/** A job as a caller submits it. */
export const Submission = coherent(strictObject({ ...JOB_FIELDS, ...UNIQUE_FIELDS, dependsOn: dependsOnField }))
  .refine(({ uniqueKey, uniqueFor }) => uniqueKey !== undefined || uniqueFor === undefined, {
    error: 'goes with a uniqueKey',
    path: ['uniqueFor'],
  })
  .refine(({ uniqueKey, onConflict }) => uniqueKey !== undefined || onConflict === undefined, {
    error: 'goes with a uniqueKey',
    path: ['onConflict'],
  })
  .meta({ id: 'Submission' });

export type Submission = z.output<typeof Submission>;
/** As it is written, with whatever may be left out. */
export type SubmissionInput = z.input<typeof Submission>;

export const SubmissionBatch = strictObject({
  jobs: z
    .array(Submission, 'must be an array of jobs')
    .min(1, 'must hold at least one job')
    .max(JOB_LIMITS.batchSize, `must hold at most ${JOB_LIMITS.batchSize} jobs`),
});

export type SubmissionBatch = z.output<typeof SubmissionBatch>;

export const AcceptedBatch = z.object({
  items: z.array(
    z.object({
      id: z.uuid(),
      conflict: z
        .enum(['existing', 'replaced'])
        .optional()
        .meta({ description: 'Not a new job: the one that holds the uniqueKey, as it was, or replaced' }),
    }),
  ),
});
export type AcceptedBatch = z.output<typeof AcceptedBatch>;
