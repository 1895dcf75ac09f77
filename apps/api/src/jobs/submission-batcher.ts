import type { JobId, JobSubmissions, NewJob } from '@holdfast/domain';
import { passingProblem } from '../http/problem.ts';

export interface BatchLimits {
  /** Inserts under way at once; while they are, whoever comes waits and goes with the next. */
  readonly inFlight: number;
  readonly jobsPerInsert: number;
  readonly bytesPerInsert: number;
  /** Jobs that may wait; more are turned away. */
  readonly backlog: number;
}

export const BATCH_LIMITS: BatchLimits = {
  inFlight: 2,
  jobsPerInsert: 1000,
  bytesPerInsert: 4 * 1024 * 1024,
  backlog: 20_000,
};

interface Waiting {
  readonly jobs: readonly NewJob[];
  readonly bytes: number;
  readonly resolve: (taken: readonly JobId[] | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Lets submissions that arrive together share one INSERT. One that comes alone goes at once. */
export class SubmissionBatcher {
  private readonly waiting: Waiting[] = [];
  private waitingJobs = 0;
  private inFlight = 0;

  constructor(
    private readonly submissions: JobSubmissions,
    private readonly limits = BATCH_LIMITS,
  ) {}

  /**
   * Resolves when the jobs are durable, or none of them is because of the ids that it answers.
   *
   * @throws Problem when too many jobs wait already
   */
  async submit(jobs: readonly NewJob[]): Promise<readonly JobId[] | undefined> {
    if (this.waitingJobs + jobs.length > this.limits.backlog) {
      throw passingProblem('overloaded', 'Jobs arrive faster than the database takes them. Try again after a second.');
    }
    return new Promise((resolve, reject) => {
      const bytes = jobs.reduce((sum, { payload }) => sum + payload.length, 0);
      this.waiting.push({ jobs, bytes, resolve, reject });
      this.waitingJobs += jobs.length;
      this.next();
    });
  }

  private next(): void {
    if (this.inFlight >= this.limits.inFlight || this.waiting.length === 0) return;
    this.inFlight += 1;
    void this.insert(this.takeBatch()).finally(() => {
      this.inFlight -= 1;
      this.next();
    });
  }

  private async insert(batch: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.submissions.insert(batch.map(({ jobs }) => jobs));
      batch.forEach(({ resolve }, index) => resolve(answers[index]));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
  }

  /** In order of arrival, as many as one insert may hold, and at least one. */
  private takeBatch(): Waiting[] {
    let size = 0;
    let jobs = 0;
    let bytes = 0;
    for (const each of this.waiting) {
      jobs += each.jobs.length;
      bytes += each.bytes;
      if (size > 0 && (jobs > this.limits.jobsPerInsert || bytes > this.limits.bytesPerInsert)) break;
      size += 1;
    }
    const batch = this.waiting.splice(0, size);
    this.waitingJobs -= batch.reduce((sum, each) => sum + each.jobs.length, 0);
    return batch;
  }
}
