import { Injectable, Logger } from '@nestjs/common';
import { batchFaults, timeFaults } from '@holdfast/contract';
import type { JobId, NewJob, Placement } from '@holdfast/domain';
import { StoreClock } from '@holdfast/persistence';
import { refuseFaults } from '../http/problem.ts';
import { PlainBatcher, UniqueBatcher } from './batchers.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { QueueDirectory } from './queue-directory.ts';
import { jobsOf, type Accepted, type Order } from './order.ts';
import { refusalOf, refuseTaken } from './refusals.ts';

/** Takes jobs in: to MySQL first, and only then to the index. */
@Injectable()
export class JobIntake {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly clock: StoreClock,
    private readonly queues: QueueDirectory,
    private readonly batcher: PlainBatcher,
    private readonly unique: UniqueBatcher,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** What is accepted is durable. */
  async submit(order: Order): Promise<Accepted> {
    const jobs = await this.prepare(order);
    const placements = await this.store(order, jobs);
    this.announce(jobs, placements);
    return { jobs, placements, replayed: false };
  }

  /**
   * Makes jobs of an order, and their queues if they are new; the jobs are not stored.
   *
   * @throws Problem for what only the clock can tell, and for ids that are named twice
   */
  async prepare(order: Order): Promise<readonly NewJob[]> {
    const { submissions, pointerOf } = order;
    const now = this.clock.now();
    const errors = [
      ...submissions.flatMap((each, index) => timeFaults(each, now, pointerOf(index))),
      ...batchFaults(submissions, pointerOf),
    ];
    refuseFaults(errors);
    const jobs = jobsOf(order, now);
    refuseTaken(repeatedIds(jobs));
    await this.queues.ensure([...new Set(jobs.map(({ queue }) => queue))]);
    return jobs;
  }

  /** The jobs are durable: workers shall know of those that were made, and of those that are due at another time. */
  announce(jobs: readonly NewJob[], placements?: readonly Placement[]): void {
    const made = placements ? jobs.filter((_, index) => placements[index]?.kind === 'made') : jobs;
    const free = made.filter(({ dependencies = [] }) => dependencies.length === 0);
    if (free.length > 0) this.announcer.announceJobs(free);
    for (const { id, queue, type } of made) this.logger.debug({ msg: 'accepted', jobId: id, queue, type });
    for (const placement of placements ?? []) {
      if (placement.kind === 'replaced' && placement.entry) this.announcer.announceMove(placement.entry);
    }
  }

  /** @returns what became of each; undefined: all were made, as jobs without a unique key are */
  private async store(order: Order, jobs: readonly NewJob[]): Promise<readonly Placement[] | undefined> {
    if (!jobs.some(({ unique }) => unique)) {
      refuseTaken(await this.batcher.submit(jobs));
      return undefined;
    }
    const answer = await this.unique.submit(jobs);
    if (answer.kind !== 'placed') throw refusalOf(answer, order, jobs, this.clock.now());
    return answer.placements;
  }
}

function repeatedIds(jobs: readonly NewJob[]): JobId[] {
  const seen = new Set<JobId>();
  return jobs.flatMap(({ id }) => (seen.has(id) ? [id] : (seen.add(id), [])));
}
