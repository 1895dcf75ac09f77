import type { ClaimedJob } from '../job/job.ts';
import type { Instant, JobId, WorkerId } from '../job/scalars.ts';

/** A line that a handler keeps with its job. */
export interface LogLine {
  readonly fence: number;
  /** Within its attempt, from 1. */
  readonly number: number;
  readonly attempt: number;
  readonly at: Instant;
  readonly line: string;
}

export interface LoggedLine extends LogLine {
  readonly id: JobId;
}

/** Where a line stands among those of its job. */
export type LogPosition = Pick<LogLine, 'fence' | 'number'>;

export interface JobLogs {
  /** Writes those lines whose jobs the worker still holds under that fence; those that are there already, not again. */
  append(workerId: WorkerId, lines: readonly LoggedLine[]): Promise<void>;
  /** Forgets what attempts before the last few wrote. */
  forgetOld(job: ClaimedJob): Promise<void>;
  /** The oldest first, from after a position. */
  list(id: JobId, after: LogPosition, limit: number): Promise<readonly LogLine[]>;
}
