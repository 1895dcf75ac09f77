import { strictObject } from '@holdfast/contract';
import type { z } from 'zod';
import { FILTERS } from '../jobs/job-query.schema.ts';

export const DeadLetterQuery = strictObject(FILTERS);
export type DeadLetterQuery = z.output<typeof DeadLetterQuery>;
