import type { JobId } from '@holdfast/domain';
import { JobOperationStore } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import { Injectable } from '@nestjs/common';

/** Cancels jobs for handlers: those that wait at once; workers are told of those that run. */
@Injectable()
export class JobCanceller {
  constructor(
    private readonly operations: JobOperationStore,
    private readonly index: RedisReadyIndex,
  ) {}

  /** @returns false if there is no such job, or it had finished */
  async cancel(tenant: string, id: JobId): Promise<boolean> {
    const cancelled = await this.operations.cancel(tenant, id);
    if (cancelled.kind !== 'done') return false;
    // Without the message its worker sees it at its next heartbeat.
    if (cancelled.value.to === 'cancelling')
      await this.index.requestCancel(cancelled.value.workerId).catch(() => undefined);
    return true;
  }
}
