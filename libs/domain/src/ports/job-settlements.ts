import type { ClaimedJob } from '../job/job.ts';
import type { JobId, JsonText, WorkerId } from '../job/scalars.ts';
import type { Outcome } from '../retry/outcome.ts';

export interface Settlement {
  readonly job: ClaimedJob;
  readonly outcome: Outcome;
}

export interface Progress {
  readonly id: JobId;
  readonly fence: number;
  readonly progress: JsonText;
}

/** Where outcomes are recorded, exactly once. */
export interface JobSettlements {
  /**
   * Writes each outcome if the worker still holds the job under that fence.
   *
   * @returns those that took effect; the rest had been taken away from this worker
   */
  settle(workerId: WorkerId, settlements: readonly Settlement[]): Promise<readonly Settlement[]>;
  report(workerId: WorkerId, progress: readonly Progress[]): Promise<void>;
  /** Of the given running jobs, those that somebody asked to cancel. */
  findCancelRequests(workerId: WorkerId): Promise<readonly JobId[]>;
}
