import { shownState, type JobId } from '@holdfast/domain';
import { JobOperationStore, StoreClock, type Operation } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { Problem } from '../http/problem.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { unknownJob } from './job-reader.ts';

/** Does to one job what an operator asks for. */
@Injectable()
export class JobOperator {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly store: JobOperationStore,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** A waiting job is cancelled at once; of a running one that is only asked for. */
  async cancel(tenant: string, id: JobId): Promise<void> {
    const cancelled = this.valueOf(await this.store.cancel(tenant, id), id, 'cancelled');
    if (cancelled.to === 'cancelling') this.announcer.announceCancel(cancelled.workerId);
    this.logger.debug({ msg: cancelled.to, jobId: id });
  }

  async retry(tenant: string, id: JobId): Promise<void> {
    const entry = this.valueOf(await this.store.retry(tenant, id, this.clock.now()), id, 'retried');
    this.announcer.announceJobs([entry]);
    this.logger.debug({ msg: 'retried', jobId: id });
  }

  private valueOf<T>(operation: Operation<T>, id: JobId, done: string): T {
    if (operation.kind === 'done') return operation.value;
    if (operation.kind === 'unknown-job') throw unknownJob(id);
    const state = shownState(operation.state, operation.runAt, this.clock.now());
    throw new Problem('state-forbids', `The job ${id} is ${state} and cannot be ${done}.`);
  }
}
