import type { Backoff } from '../retry/backoff.ts';
import type { Dependency } from '../workflow/dependency.ts';
import type { WorkflowPlace } from '../workflow/workflow.ts';
import type { Instant, JobId, JsonText } from './scalars.ts';
import type { UniqueRule } from './unique-rule.ts';

/** A job as it is submitted, every default filled in. */
export interface NewJob {
  readonly id: JobId;
  readonly tenant: string;
  readonly queue: string;
  readonly type: string;
  readonly payload: JsonText;
  /** 0 to 1000, higher first. */
  readonly priority: number;
  readonly runAt: Instant;
  readonly deadline: Instant | undefined;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly tags: readonly string[];
  /** W3C trace context of the submission, handed on as it came. */
  readonly traceparent?: string | undefined;
  readonly createdAt: Instant;
  /** The schedule that made it, and for which of its ticks. */
  readonly origin?: JobOrigin | undefined;
  /** Jobs that it waits for: it is blocked until they are done. */
  readonly dependencies?: readonly Dependency[] | undefined;
  readonly place?: WorkflowPlace | undefined;
  readonly unique?: UniqueRule | undefined;
  /** Of the jobs of a tenant and a queue that share one, only so many run at once. */
  readonly concurrencyKey?: string | undefined;
  /** Starts only when every earlier job with its concurrency key has finished. */
  readonly isOrdered?: boolean | undefined;
  /** Jobs of a tenant and a queue with different ones take turns. */
  readonly fairnessKey?: string | undefined;
}

export interface JobOrigin {
  readonly scheduleId: string;
  readonly plannedAt: Instant;
}

/** What a worker needs to run a job that it has claimed. */
export interface ClaimedJob extends Omit<NewJob, 'deadline' | 'tags' | 'dependencies' | 'place'> {
  /** Counts this one: 1 at the first claim. */
  readonly attempt: number;
  readonly crashes: number;
  /** Grows with every claim; every later write names it. */
  readonly fence: number;
  /** It was claimed ahead of its time, which comes then, on this process' clock of performance.now(). */
  readonly startsAt?: number | undefined;
  /** A limit of its queue was asked when it was claimed: it has taken one of few slots. */
  readonly isLimited?: boolean | undefined;
  /** Found under the worker's name after a COMMIT without an answer: another claim of this worker may have brought it. */
  readonly isDoubtful?: boolean | undefined;
}

/** What is kept of an error: enough to understand it, bounded so that it cannot hurt. */
export interface JobError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

export type FailureKind = 'failed' | 'timed-out' | 'crashed';
