import type { ClaimedJob } from '../job/job.ts';
import type { Instant, JobId, WorkerId } from '../job/scalars.ts';
import type { Lane, Opening } from './ready-index.ts';

export interface ClaimRequest {
  readonly workerId: WorkerId;
  readonly queue: string;
  /** The worker claims only what it has a handler for. */
  readonly types: readonly string[];
  /** How many jobs it may claim that were lost with their worker so often: each of them needs a process to itself. */
  readonly alone: { readonly fromCrashes: number; readonly room: number };
}

/** A pending job that was hinted at but is not this worker's to run now: it belongs back into the index. */
export interface Unclaimed extends Lane {
  readonly id: JobId;
  readonly priority: number;
  readonly runAt: Instant;
  /** If not, the hint came too early; if so, it is not for this worker now, or its deadline has passed. */
  readonly isDue: boolean;
  /** Its queue is paused: nobody may start it, and whoever resumes the queue tells the index. */
  readonly isPaused: boolean;
  /** A limit kept it: the index holds it back until there is room. */
  readonly isLimited: boolean;
}

export interface Claim {
  readonly claimed: readonly ClaimedJob[];
  readonly waiting: readonly Unclaimed[];
  /** How much room is left where limits were asked. */
  readonly openings: readonly Opening[];
}

/** The only way for a job to start. What is brought as doubtful starts only if no other claim of the worker has brought it. */
export interface JobClaims {
  /** Claims those of the hinted jobs that are due and still free. A stale, doubled or invented hint is dropped. */
  claimHinted(request: ClaimRequest, ids: readonly JobId[]): Promise<Claim>;
  /** Claims the best due jobs straight from the truth, while the index cannot be trusted. */
  claimDue(request: ClaimRequest, limit: number): Promise<readonly ClaimedJob[]>;
  /** Everything that runs under this worker's name: after a claim whose answer was lost, some of it is news to the worker. */
  findHeld(workerId: WorkerId): Promise<readonly ClaimedJob[]>;
}
