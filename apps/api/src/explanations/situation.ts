import type { Instant, JobId } from '@holdfast/domain';
import type { DependencyRecord, QueuePause, Standing } from '@holdfast/persistence';
import type { JobEntity } from '@holdfast/persistence/schema';
import type { IndexPlace } from '@holdfast/queue';

/** Of the workers whose lease holds: how many there are at all, serve the queue, know the type too, and have a free slot. */
export interface Staff {
  readonly alive: number;
  readonly serving: number;
  readonly able: number;
  readonly free: number;
  /** Slots of the able. */
  readonly capacity: number;
}

/** Everything that decides whether a job can run now. */
export interface Situation {
  readonly now: Instant;
  readonly job: Pick<
    JobEntity,
    | 'id'
    | 'state'
    | 'queue'
    | 'type'
    | 'runAt'
    | 'deadline'
    | 'attempt'
    | 'maxAttempts'
    | 'concurrencyKey'
    | 'crashes'
    | 'startedAt'
    | 'finishedAt'
  > &
    Pick<JobEntity, 'cancelRequestedAt' | 'workerId' | 'error'>;
  /** Of a blocked job, what it still waits for. */
  readonly waitsFor: readonly DependencyRecord[];
  /** Of a cancelled job, those whose failure cancelled it. */
  readonly causes: readonly DependencyRecord[];
  readonly pause: QueuePause | undefined;
  /** How the gates stand that it has to pass. */
  readonly limits: readonly Standing[];
  /** The job of its key that comes before it. */
  readonly before: JobId | undefined;
  readonly staff: Staff;
  /** Whether the worker that holds the job keeps its lease. */
  readonly holderAlive: boolean;
  /** undefined: the index cannot say */
  readonly place: IndexPlace | undefined;
  /** Jobs beyond it are not indexed yet. */
  readonly horizonMs: number;
}
