import type { ClaimedJob } from '../job/job.ts';
import type { JobId, JsonText, WorkerId } from '../job/scalars.ts';

export interface RecordedStep {
  readonly name: string;
  /** undefined: it returned nothing. */
  readonly result: JsonText | undefined;
}

/** What a job has done already, of what must not be done again by its next attempt. */
export interface JobSteps {
  find(id: JobId): Promise<readonly RecordedStep[]>;
  /**
   * Records a step if the worker still holds the job under that fence.
   *
   * @returns what is recorded: an earlier attempt may have come first; undefined if the job was taken away
   */
  record(workerId: WorkerId, job: ClaimedJob, step: RecordedStep): Promise<RecordedStep | undefined>;
}
