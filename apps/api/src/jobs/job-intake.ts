import { Injectable, Logger } from '@nestjs/common';
import { type Submission, timeFaults, toNewJob } from '@holdfast/contract';
import type { JobId, NewJob } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { Problem } from '../http/problem.ts';
import { PlainBatcher } from './batchers.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { QueueDirectory } from './queue-directory.ts';

/** What one request asks to have done: all of it or nothing. */
export interface Order {
  readonly tenant: string;
  readonly submissions: readonly Submission[];
  /** Where in the body a submission stands. */
  readonly pointerOf: (index: number) => string;
  /** Of the request, kept with each job. */
  readonly traceparent: string | undefined;
}

/** Takes jobs in: to MySQL first, and only then to the index. */
@Injectable()
export class JobIntake {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly clock: StoreClock,
    private readonly queues: QueueDirectory,
    private readonly batcher: PlainBatcher,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** @returns the jobs, durable */
  async submit(order: Order): Promise<readonly NewJob[]> {
    const jobs = await this.prepare(order);
    refuseTaken(await this.batcher.submit(jobs));
    this.announce(jobs);
    return jobs;
  }

  /**
   * Makes jobs of an order, and their queues if they are new; the jobs are not stored.
   *
   * @throws Problem for what only the clock can tell, and for ids that are named twice
   */
  async prepare({ tenant, submissions, pointerOf, traceparent }: Order): Promise<readonly NewJob[]> {
    const now = this.clock.now();
    const errors = submissions.flatMap((each, index) => timeFaults(each, now, pointerOf(index)));
    if (errors.length > 0) throw new Problem('invalid-request', 'The body has faults; errors lists them.', { errors });
    const jobs = submissions.map((each) => toNewJob(each, tenant, now, traceparent));
    refuseTaken(repeatedIds(jobs));
    await this.queues.ensure([...new Set(jobs.map(({ queue }) => queue))]);
    return jobs;
  }

  /** The jobs are durable: workers shall know. */
  announce(jobs: readonly NewJob[]): void {
    this.announcer.announceJobs(jobs);
    for (const { id, queue, type } of jobs) this.logger.debug({ msg: 'accepted', jobId: id, queue, type });
  }
}

/** @throws Problem if there are any */
export function refuseTaken(ids: readonly JobId[] | undefined): void {
  if (ids === undefined || ids.length === 0) return;
  const shown = ids.slice(0, 20).join(', ');
  throw new Problem('id-taken', `A job may not have an id that another has: ${shown}. Nothing was submitted.`);
}

function repeatedIds(jobs: readonly NewJob[]): JobId[] {
  const seen = new Set<JobId>();
  return jobs.flatMap(({ id }) => (seen.has(id) ? [id] : (seen.add(id), [])));
}
