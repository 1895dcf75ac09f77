import { z } from 'zod';
import { nameField, strictObject } from '../http/fields.ts';
import { cursorField, limitField } from '../http/page.ts';
import { JOB_LIMITS } from '@holdfast/domain';
import { StateCounts } from '../statistics/state-counts.ts';

export const QueueView = z.object({
  name: z.string(),
  jobs: StateCounts,
  oldestReadyAgeMs: z.int().nullable().meta({ description: 'How long the job that is due longest has waited' }),
});
export type QueueView = z.output<typeof QueueView>;

export const QueueQuery = strictObject({ limit: limitField, cursor: cursorField(nameField(JOB_LIMITS.nameLength)) });
export type QueueQuery = z.output<typeof QueueQuery>;
