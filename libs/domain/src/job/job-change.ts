import type { Backoff } from '../retry/backoff.ts';
import type { Instant, JsonText } from './scalars.ts';
import type { JobState } from './job-state.ts';

/** What may still be changed of a job that waits. What is undefined stays as it is. */
export interface JobChange {
  readonly payload?: JsonText | undefined;
  readonly priority?: number | undefined;
  readonly runAt?: Instant | undefined;
  /** null: without one from now on */
  readonly deadline?: Instant | null | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly backoff?: Backoff | undefined;
}

/** Which of its lives a waiting job is in: no two that differ in anything that can be changed are equal. */
export interface JobVersion {
  readonly generation: number;
  readonly fence: number;
  readonly revision: number;
}

/** What was read of a job, to be operated on only if it is still that. */
export interface JobReading extends JobVersion {
  readonly state: JobState;
}
