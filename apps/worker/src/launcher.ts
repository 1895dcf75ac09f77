import { Injectable } from '@nestjs/common';
import { LeaseKeeper } from './leasing/lease-keeper.ts';
import { CancelWatch } from './running/cancel-watch.ts';
import { Consumer } from './running/consumer.ts';
import { JobPool } from './running/job-pool.ts';
import { QueueWatch } from './running/queue-watch.ts';
import { WeightWatch } from './running/weight-watch.ts';
import { WakeUps } from './running/wake-ups.ts';

/** Starts the worker's parts in order, and stops them in the opposite one. */
@Injectable()
export class Launcher {
  constructor(
    private readonly lease: LeaseKeeper,
    private readonly cancels: CancelWatch,
    private readonly wakeUps: WakeUps,
    private readonly queues: QueueWatch,
    private readonly weights: WeightWatch,
    private readonly consumer: Consumer,
    private readonly pool: JobPool,
  ) {}

  async start(): Promise<void> {
    await this.lease.start({
      onLost: () => this.pool.abandonAll(),
      onCancelRequested: () => void this.cancels.stopCancelled(),
      onRejoined: () => this.queues.wakeAll(),
      mayBeTold: () => this.wakeUps.heard,
    });
    this.wakeUps.open();
    this.queues.start();
    this.weights.start();
    this.consumer.start();
  }

  /** Claims nothing more, lets handlers finish, hands back what does not, records every outcome, ends the lease. */
  async drain(hurry: AbortSignal): Promise<void> {
    await this.consumer.stop();
    this.queues.stop();
    this.weights.stop();
    await this.pool.drain(hurry);
    this.wakeUps.close();
    await this.lease.stop();
  }
}
