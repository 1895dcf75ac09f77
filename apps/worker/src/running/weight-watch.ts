import { Inject, Injectable } from '@nestjs/common';
import type { Weights } from '@holdfast/domain';
import { QueuePolicyStore } from '@holdfast/persistence';
import { Loop } from '@holdfast/runtime';
import { PinoLogger } from 'nestjs-pino';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';

const READ_EVERY_MS = 5_000;

/** How the turns of each queue are shared out, as far as anybody wants other than equal shares. */
@Injectable()
export class WeightWatch {
  private byQueue: ReadonlyMap<string, Weights> = new Map();
  private readonly tenants: Weights['tenants'];
  private readonly reading = new Loop({
    round: () => this.read(),
    onError: (error) => this.logger.warn({ err: error }, 'cannot read the weights of queues'),
  });

  constructor(
    private readonly policies: QueuePolicyStore,
    @Inject(workerConfiguration.KEY) { tenantWeights }: WorkerConfiguration,
    private readonly logger: PinoLogger,
  ) {
    this.tenants = tenantWeights;
  }

  start(): void {
    this.reading.start();
  }

  stop(): void {
    void this.reading.stop();
  }

  /** undefined: everybody has the same share */
  of(queue: string): Weights | undefined {
    const own = this.byQueue.get(queue);
    if (own) return own;
    return Object.keys(this.tenants).length === 0 ? undefined : { tenants: this.tenants, keys: {} };
  }

  private async read(): Promise<number> {
    const { tenants } = this;
    const queues = Map.groupBy(await this.policies.findAll(), ({ queue }) => queue);
    this.byQueue = new Map(
      [...queues].map(([queue, policies]) => {
        const keys = Object.fromEntries(policies.map(({ tenant, policy }) => [tenant, policy.weights]));
        return [queue, { tenants, keys }];
      }),
    );
    return READ_EVERY_MS;
  }
}
