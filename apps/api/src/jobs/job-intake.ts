import { Injectable, Logger } from '@nestjs/common';
import type { JobId, NewJob } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Problem } from '../http/problem.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { timeFaults, toNewJob } from './new-job.ts';
import { QueueDirectory } from './queue-directory.ts';
import { SubmissionBatcher } from './submission-batcher.ts';
import type { Submission } from './submission.schema.ts';

/** Takes jobs in: to MySQL first, and only then to the index. */
@Injectable()
export class JobIntake {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly clock: StoreClock,
    private readonly queues: QueueDirectory,
    private readonly batcher: SubmissionBatcher,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /**
   * All or nothing.
   *
   * @param pointerOf where in the body a submission stands
   * @param traceparent of the request, kept with each job
   * @returns the jobs, durable
   */
  async submit(
    tenant: string,
    submissions: readonly Submission[],
    pointerOf: (index: number) => string,
    traceparent?: string,
  ): Promise<NewJob[]> {
    const now = this.clock.now();
    const errors = submissions.flatMap((each, index) => timeFaults(each, now, pointerOf(index)));
    if (errors.length > 0) throw new Problem('invalid-request', 'The body has faults; errors lists them.', { errors });
    const jobs = submissions.map((each) => toNewJob(each, tenant, now, traceparent));
    refuseTaken(repeatedIds(jobs));
    await this.queues.ensure([...new Set(jobs.map(({ queue }) => queue))]);
    refuseTaken(await this.batcher.submit(jobs));
    this.announcer.announceJobs(jobs);
    for (const { id, queue, type } of jobs) this.logger.debug({ msg: 'accepted', jobId: id, queue, type });
    return jobs;
  }
}

function refuseTaken(ids: readonly JobId[] | undefined): void {
  if (ids === undefined || ids.length === 0) return;
  const shown = ids.slice(0, 20).join(', ');
  throw new Problem('id-taken', `A job may not have an id that another has: ${shown}. Nothing was submitted.`);
}

function repeatedIds(jobs: readonly NewJob[]): JobId[] {
  const seen = new Set<JobId>();
  return jobs.flatMap(({ id }) => (seen.has(id) ? [id] : (seen.add(id), [])));
}
