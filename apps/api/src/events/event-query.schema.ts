import { idField, strictObject } from '@holdfast/contract';
import type { z } from 'zod';
import { FILTERS, JobQuery } from '../jobs/job-query.schema.ts';

/** Which transitions a stream tells of. */
export const EventQuery = strictObject({
  queue: FILTERS.queue,
  type: FILTERS.type,
  state: JobQuery.shape.state.meta({ description: 'Only what leads to this state' }),
  jobId: idField.optional(),
});
export type EventQuery = z.output<typeof EventQuery>;
