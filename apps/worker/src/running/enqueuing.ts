import {
  batchFaults,
  Submission,
  timeFaults,
  toNewJob,
  type FieldError,
  type SubmissionInput,
} from '@holdfast/contract';
import { JOB_LIMITS, type ClaimedJob, type Instant, type JobId, type NewJob } from '@holdfast/domain';
import { DoNotRetryError } from '../handling/job-context.ts';

/** The jobs that one attempt adds; they are made when its success is recorded, and else not at all. */
export class Enqueuing {
  private readonly added: NewJob[] = [];
  private readonly submissions: Submission[] = [];
  private bytes = 0;

  constructor(
    private readonly parent: ClaimedJob,
    private readonly now: () => Instant,
  ) {}

  /** undefined: it added none. */
  get jobs(): readonly NewJob[] | undefined {
    return this.added.length > 0 ? this.added : undefined;
  }

  /**
   * @returns the id that the job will have
   * @throws DoNotRetryError if the API would refuse it, or there are too many
   */
  add(input: SubmissionInput): JobId {
    const parsed = Submission.safeParse(input);
    if (!parsed.success) {
      throw invalid(parsed.error.issues.map(({ path, message }) => `/${path.join('/')}: ${message}`));
    }
    const now = this.now();
    const faults = [...timeFaults(parsed.data, now), ...this.circleWith(parsed.data)];
    if (faults.length > 0) throw invalid(faults.map(({ pointer, message }) => `${pointer}: ${message}`));
    const job = toNewJob(parsed.data, this.parent.tenant, now, this.parent.traceparent);
    this.bytes += job.payload.length;
    if (this.added.length >= JOB_LIMITS.batchSize || this.bytes > JOB_LIMITS.enqueuedBytes) {
      throw new DoNotRetryError(
        `an attempt may enqueue ${JOB_LIMITS.batchSize} jobs with ${JOB_LIMITS.enqueuedBytes} bytes of payload in all`,
      );
    }
    this.added.push(job);
    this.submissions.push({ ...parsed.data, id: job.id });
    return job.id;
  }

  /** Whoever closes a circle waits for another job of it, by a dependency or an order. */
  private circleWith(submission: Submission): FieldError[] {
    if (submission.dependsOn.length === 0 && !submission.ordered) return [];
    return batchFaults([...this.submissions, submission], (index) => `/${index}`);
  }
}

function invalid(faults: readonly string[]): DoNotRetryError {
  return new DoNotRetryError(`the job to enqueue is not valid: ${faults.join('; ')}`);
}
