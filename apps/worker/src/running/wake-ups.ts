import { Inject, Injectable } from '@nestjs/common';
import { IndexChannels, RedisLink } from '@holdfast/queue';
import { LeaseKeeper } from '../leasing/lease-keeper.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { CancelWatch } from './cancel-watch.ts';
import { QueueWatch } from './queue-watch.ts';

/** Passes on what Redis tells this worker. Everything told is found without it too, only later. */
@Injectable()
export class WakeUps {
  private channels: IndexChannels | undefined;

  constructor(
    @Inject(workerConfiguration.KEY) private readonly configuration: WorkerConfiguration,
    private readonly queues: QueueWatch,
    private readonly cancels: CancelWatch,
    private readonly lease: LeaseKeeper,
    private readonly link: RedisLink,
  ) {}

  open(): void {
    const { redisUrl, redisPrefix } = this.configuration;
    if (redisUrl === undefined) return;
    this.link.onChange(() => this.queues.wakeAll()); // from now on they are asked elsewhere
    this.channels = new IndexChannels(redisUrl, redisPrefix, {
      wake: (queue) => this.queues.wake(queue),
      cancel: (workerId) => workerId === this.lease.workerId && this.onCalled(),
      changed: () => this.queues.wakeAll(),
    });
  }

  /** Whether messages would reach this worker now. */
  get heard(): boolean {
    return this.channels?.listening ?? false;
  }

  close(): void {
    this.channels?.close();
  }

  private onCalled(): void {
    this.lease.onCalledInDoubt();
    void this.cancels.stopCancelled();
  }
}
