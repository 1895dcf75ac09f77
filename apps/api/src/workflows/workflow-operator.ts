import type { WorkflowId } from '@holdfast/domain';
import { StoreClock, WorkflowStore } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { IndexAnnouncer } from '../jobs/index-announcer.ts';
import { unknownWorkflow } from './workflow-reader.ts';

/** Does to a whole workflow what an operator asks for. */
@Injectable()
export class WorkflowOperator {
  private readonly logger = new Logger('workflows');

  constructor(
    private readonly store: WorkflowStore,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** What waits is cancelled at once; what runs is told to stop. */
  async cancel(tenant: string, id: WorkflowId): Promise<void> {
    const cancelled = await this.store.cancel(tenant, id, this.clock.now());
    if (!cancelled) throw unknownWorkflow(id);
    for (const workerId of cancelled.workers) this.announcer.announceCancel(workerId);
    this.logger.log({ msg: 'workflow cancelled', workflowId: id, tenant });
  }

  /** Everything that has not succeeded begins anew, in its order. */
  async retry(tenant: string, id: WorkflowId): Promise<void> {
    if (!(await this.store.retry(tenant, id, this.clock.now()))) throw unknownWorkflow(id);
    this.logger.log({ msg: 'workflow retried', workflowId: id, tenant });
  }
}
