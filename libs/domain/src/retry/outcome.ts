import type { ClaimedJob, FailureKind, JobError, NewJob } from '../job/job.ts';
import type { Instant, JsonText } from '../job/scalars.ts';
import { backoffDelay } from './backoff.ts';

/** How an attempt ended, as a value: what the worker writes down with one fenced statement. */
export type Outcome =
  | {
      readonly kind: 'succeeded';
      readonly result: JsonText | undefined;
      /** Jobs to make in the same transaction; undefined: none. */
      readonly enqueued?: readonly NewJob[] | undefined;
    }
  | { readonly kind: 'retried'; readonly failure: Failure; readonly runAt: Instant }
  | { readonly kind: 'dead'; readonly failure: Failure }
  /** With the failure of an attempt that would have been tried again. */
  | { readonly kind: 'cancelled'; readonly failure?: Failure }
  | { readonly kind: 'handed-back' }
  /** The handler wants to be called again later; the attempt does not count. */
  | { readonly kind: 'snoozed'; readonly runAt: Instant }
  /** The process apart that the attempt ran in ended under it. */
  | { readonly kind: 'crashed'; readonly failure: Failure; readonly runAt: Instant }
  | { readonly kind: 'crashed-out'; readonly failure: Failure };

export interface Failure {
  readonly kind: FailureKind;
  readonly error: JobError;
  /** The handler said that trying again is pointless. */
  readonly final: boolean;
  readonly failedAt: Instant;
}

/**
 * What follows from a failed attempt.
 *
 * @param random a number in [0, 1), for the jitter
 */
export function outcomeOfFailure(job: ClaimedJob, failure: Failure, random: number): Outcome {
  if (failure.final || job.attempt >= job.maxAttempts) return { kind: 'dead', failure };
  return { kind: 'retried', failure, runAt: failure.failedAt + backoffDelay(job.backoff, job.attempt, random) };
}

/** What follows from a crash: it costs no attempt and has a limit of its own. */
export function outcomeOfCrash(job: ClaimedJob, failure: Failure, maxCrashes: number, random: number): Outcome {
  const crashes = job.crashes + 1;
  if (crashes >= maxCrashes) return { kind: 'crashed-out', failure };
  return { kind: 'crashed', failure, runAt: failure.failedAt + backoffDelay(job.backoff, crashes, random) };
}
