import type { NewJob } from '../job/job.ts';
import type { JobId } from '../job/scalars.ts';

/** Where accepted jobs are made durable. */
export interface JobSubmissions {
  /**
   * Inserts all jobs of all submissions in one transaction; a submission is inserted whole or not at all.
   *
   * @returns for each submission undefined, or the ids that were taken already (then none of its jobs was inserted)
   */
  insert(submissions: readonly (readonly NewJob[])[]): Promise<(readonly JobId[] | undefined)[]>;
}
