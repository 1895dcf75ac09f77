import type { Row } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import type { JobEntity } from '../entities/job.entity.ts';

/** What lists show of a job. */
export type JobSummaryRecord = Omit<
  JobEntity,
  'tenant' | 'crashes' | 'generation' | 'revision' | 'payload' | 'result' | 'progress'
>;

type Packed = 'id' | 'workerId' | 'scheduleId' | 'tags' | 'error';

export interface JobSummaryRow extends Row, Omit<JobSummaryRecord, Packed> {
  id: Buffer;
  workerId: Buffer | null;
  scheduleId: Buffer | null;
  tags: string | null;
  error: string | null;
}

/** Written out, for the two hundred of a page: an object mapper takes several times as long. */
export function toSummary(row: JobSummaryRow): JobSummaryRecord {
  return {
    ...row,
    id: fromBytes(row.id),
    workerId: row.workerId && fromBytes(row.workerId),
    scheduleId: row.scheduleId && fromBytes(row.scheduleId),
    tags: row.tags === null ? null : (JSON.parse(row.tags) as string[]),
    error: row.error === null ? null : (JSON.parse(row.error) as unknown),
  };
}
