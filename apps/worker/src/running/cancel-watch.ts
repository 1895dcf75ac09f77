import { Injectable } from '@nestjs/common';
import { JobSettlementStore } from '@holdfast/persistence';
import { PinoLogger } from 'nestjs-pino';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';
import { HeldJobs } from './held-jobs.ts';

/** Tells running jobs that somebody wants them cancelled. */
@Injectable()
export class CancelWatch {
  constructor(
    private readonly settlements: JobSettlementStore,
    private readonly lease: LeaseKeeper,
    private readonly held: HeldJobs,
    private readonly logger: PinoLogger,
  ) {}

  /** Asks MySQL which of this worker's jobs are meant, and fires their signals. */
  async stopCancelled(): Promise<void> {
    try {
      const ids = await this.settlements.findCancelRequests(this.lease.workerId);
      for (const id of ids) this.held.stop(id, 'cancelled');
    } catch (error) {
      this.logger.warn({ err: error }, 'cannot read cancel requests');
    }
  }
}
