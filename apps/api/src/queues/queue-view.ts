import { z } from 'zod';
import { cursorField, limitField } from '../http/page.ts';
import { nameField, queueField, strictObject } from '@holdfast/contract';
import { JOB_LIMITS } from '@holdfast/domain';
import { StateCounts } from '../statistics/state-counts.ts';

export const QueueView = z.object({
  name: z.string(),
  jobs: StateCounts,
  oldestReadyAgeMs: z.int().nullable().meta({ description: 'How long the job that is due longest has waited' }),
  paused: z
    .object({ since: z.iso.datetime(), by: z.string().meta({ description: 'The subject of the token' }) })
    .nullable(),
});
export type QueueView = z.output<typeof QueueView>;

export const QueueQuery = strictObject({ limit: limitField, cursor: cursorField(nameField(JOB_LIMITS.nameLength)) });
export type QueueQuery = z.output<typeof QueueQuery>;

export const QueueParameters = strictObject({ name: queueField });
export type QueueParameters = z.output<typeof QueueParameters>;
