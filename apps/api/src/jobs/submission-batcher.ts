import type { NewJob } from '@holdfast/domain';
import { passingProblem } from '../http/problem.ts';

export interface BatchLimits {
  /** Inserts under way at once; while they are, whoever comes waits and goes with the next. */
  readonly inFlight: number;
  /** Beside an insert another begins only for so many jobs: each has its price, so that fewer wait for it to end. */
  readonly jobsBeside: number;
  /** Nobody waits longer for an insert that something holds up. */
  readonly patienceMs: number;
  readonly jobsPerInsert: number;
  readonly bytesPerInsert: number;
  /** Jobs that may wait; more are turned away. */
  readonly backlog: number;
}

export const BATCH_LIMITS: BatchLimits = {
  inFlight: 2,
  jobsBeside: 256,
  patienceMs: 25,
  jobsPerInsert: 1000,
  bytesPerInsert: 4 * 1024 * 1024,
  backlog: 20_000,
};

/** Where a batch of submissions goes: each is stored whole or not at all, and answered in its place. */
export interface BatchStore<Submission, Answer> {
  insert(submissions: readonly Submission[]): Promise<readonly Answer[]>;
}

interface Waiting<Submission, Answer> {
  readonly submission: Submission;
  readonly jobs: number;
  readonly bytes: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** One that is under way. */
interface Insert {
  isHeldUp: boolean;
}

/** Lets submissions that arrive together share one INSERT. One that comes alone goes at once. */
export class SubmissionBatcher<Submission, Answer> {
  private readonly waiting: Waiting<Submission, Answer>[] = [];
  private readonly inserts = new Set<Insert>();
  private waitingJobs = 0;

  constructor(
    private readonly store: BatchStore<Submission, Answer>,
    private readonly jobsOf: (submission: Submission) => readonly NewJob[],
    private readonly limits = BATCH_LIMITS,
  ) {}

  /** Jobs that wait for an insert. */
  get backlog(): number {
    return this.waitingJobs;
  }

  /**
   * Resolves with the answer of the store.
   *
   * @throws Problem when too many jobs wait already
   */
  async submit(submission: Submission): Promise<Answer> {
    const jobs = this.jobsOf(submission);
    if (this.waitingJobs + jobs.length > this.limits.backlog) {
      throw passingProblem('overloaded', 'Jobs arrive faster than the database takes them. Try again after a second.');
    }
    return new Promise((resolve, reject) => {
      const bytes = jobs.reduce((sum, { payload }) => sum + payload.length, 0);
      this.waiting.push({ submission, jobs: jobs.length, bytes, resolve, reject });
      this.waitingJobs += jobs.length;
      this.next();
    });
  }

  private next(): void {
    if (this.waiting.length === 0 || !this.mayBegin()) return;
    const insert = { isHeldUp: false };
    this.inserts.add(insert);
    const patience = setTimeout(() => {
      insert.isHeldUp = true;
      this.next();
    }, this.limits.patienceMs);
    void this.insert(this.takeBatch()).finally(() => {
      clearTimeout(patience);
      this.inserts.delete(insert);
      this.next();
    });
  }

  private mayBegin(): boolean {
    const { inFlight, jobsBeside } = this.limits;
    const inserts = [...this.inserts];
    return inserts.length < inFlight && (inserts.every(({ isHeldUp }) => isHeldUp) || this.waitingJobs >= jobsBeside);
  }

  private async insert(batch: readonly Waiting<Submission, Answer>[]): Promise<void> {
    try {
      const answers = await this.store.insert(batch.map(({ submission }) => submission));
      batch.forEach(({ resolve }, index) => resolve(answers[index] as Answer));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
  }

  /** In order of arrival, as many as one insert may hold, and at least one. */
  private takeBatch(): Waiting<Submission, Answer>[] {
    let size = 0;
    let jobs = 0;
    let bytes = 0;
    for (const each of this.waiting) {
      jobs += each.jobs;
      bytes += each.bytes;
      if (size > 0 && (jobs > this.limits.jobsPerInsert || bytes > this.limits.bytesPerInsert)) break;
      size += 1;
    }
    const batch = this.waiting.splice(0, size);
    this.waitingJobs -= batch.reduce((sum, each) => sum + each.jobs, 0);
    return batch;
  }
}
