import { idField, queueField, strictObject, tagField, timeField, typeField } from '@holdfast/contract';
import { JOB_LIMITS, SHOWN_STATES } from '@holdfast/domain';
import { z } from 'zod';

const IDS_MESSAGE = `must be 1 to ${JOB_LIMITS.batchSize} ids`;

/** Which dead letters: those with the ids, or those that a filter finds. */
export const LetterChoice = strictObject({
  ids: z.array(idField, IDS_MESSAGE).min(1, IDS_MESSAGE).max(JOB_LIMITS.batchSize, IDS_MESSAGE).optional(),
  filter: strictObject({
    queue: queueField.optional(),
    type: typeField.optional(),
    tag: tagField.optional(),
    diedFrom: timeField().optional(),
    diedBefore: timeField().optional(),
  })
    .optional()
    .meta({ description: 'Instead of ids; {} is all. A job does it' }),
}).refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
  error: 'give ids or filter, and not both',
  path: ['ids'],
});
export type LetterChoice = z.output<typeof LetterChoice>;

export const LetterOutcome = z.object({
  id: z.uuid(),
  status: z
    .union([z.literal(200), z.literal(404), z.literal(409)])
    .meta({ description: 'As if it had been asked alone' }),
  code: z.enum(['not-found', 'state-forbids', 'own-job', 'unique-key-held']).nullable(),
  state: z.enum(SHOWN_STATES).nullable().meta({ description: 'The state that forbids it' }),
});
export type LetterOutcome = z.output<typeof LetterOutcome>;

export const LetterOutcomes = z.object({ items: z.array(LetterOutcome).meta({ description: 'One for each id' }) });
export type LetterOutcomes = z.output<typeof LetterOutcomes>;

export const CHOICE_EXAMPLES = {
  filter: { summary: 'Those of a queue and a type', value: { filter: { queue: 'default', type: 'fail' } } },
  ids: { summary: 'These', value: { ids: ['0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d'] } },
};
