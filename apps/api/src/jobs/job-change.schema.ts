import { Backoff, durationField, integerField, payloadSchema, strictObject, timeField } from '@holdfast/contract';
import { JOB_LIMITS } from '@holdfast/domain';
import type { z } from 'zod';

/** What may be changed of a waiting job. A field that is left out stays as it is. */
export const JobChanges = strictObject({
  payload: payloadSchema.optional(),
  priority: integerField(0, JOB_LIMITS.priority).optional(),
  runAt: timeField().optional().meta({ description: 'Not before; a time that has passed means now' }),
  delay: durationField(0, JOB_LIMITS.delayMs).optional().meta({ description: 'Instead of runAt: counted from now' }),
  deadline: timeField().nullable().optional().meta({ description: 'null removes it' }),
  timeout: durationField(1, JOB_LIMITS.timeoutMs).optional(),
  maxAttempts: integerField(1, JOB_LIMITS.attempts)
    .optional()
    .meta({ description: 'More than the attempts that were made already' }),
  backoff: Backoff.optional().meta({ description: 'Replaced as a whole' }),
}).refine(({ runAt, delay }) => runAt === undefined || delay === undefined, {
  error: 'give runAt or delay, not both',
  path: ['delay'],
});
export type JobChanges = z.output<typeof JobChanges>;

export const CHANGE_EXAMPLES = {
  sooner: { summary: 'Run sooner, before others', value: { delay: '5s', priority: 900 } },
  payload: { summary: 'Another payload', value: { payload: { hello: 'again' } } },
};
