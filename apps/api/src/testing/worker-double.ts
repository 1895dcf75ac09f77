import { randomUUID } from 'node:crypto';
import type { ClaimedJob, Outcome } from '@holdfast/domain';
import { JobClaimStore, JobSettlementStore, WorkerStore } from '@holdfast/persistence';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Does to the rows what a worker does, one step at a time. */
export class WorkerDouble {
  readonly id = randomUUID();

  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly queue: string,
  ) {}

  static async join(app: NestFastifyApplication, queue = 'default', leaseMs = 3_600_000): Promise<WorkerDouble> {
    const worker = new WorkerDouble(app, queue);
    const registration = { name: 'double', queues: [queue], types: ['echo'], capacity: 7, leaseMs };
    await app.get(WorkerStore).register({ id: worker.id, ...registration });
    return worker;
  }

  async leave(): Promise<void> {
    await this.app.get(WorkerStore).deregister(this.id);
  }

  /** @throws if the job cannot be claimed */
  async claim(id: string): Promise<ClaimedJob> {
    const request = { workerId: this.id, queue: this.queue, types: ['echo'], alone: { fromCrashes: 2, room: 10 } };
    const { claimed } = await this.app.get(JobClaimStore).claimHinted(request, [id]);
    const [job] = claimed;
    if (!job) throw new Error(`could not claim ${id}`);
    return job;
  }

  async settle(job: ClaimedJob, outcome: Outcome): Promise<void> {
    const settled = await this.app.get(JobSettlementStore).settle(this.id, [{ job, outcome }]);
    if (settled.length === 0) throw new Error(`could not settle ${job.id}`);
  }
}
