import { RunningJobStore, StoreClock } from '@holdfast/persistence';
import { WorkerEntity } from '@holdfast/persistence/schema';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, type Repository } from 'typeorm';
import { z } from 'zod';

const EVERY_QUEUE = '*';

export const WorkerView = z.object({
  id: z.uuid(),
  name: z.string(),
  queues: z.array(z.string()).meta({ description: '* is every queue' }),
  types: z.array(z.string()).meta({ description: 'The job types it has handlers for' }),
  capacity: z.int(),
  running: z.int().meta({ description: 'How many of your jobs it runs' }),
  startedAt: z.iso.datetime(),
  leaseUntil: z.iso.datetime(),
  eventLoop: z
    .object({ blockedMs: z.int() })
    .meta({ description: 'The longest time, since its last heartbeat, for which a handler let nothing else run' }),
  memory: z.object({ rssBytes: z.int(), heapUsedBytes: z.int() }),
  attempts: z.object({ started: z.int(), ended: z.int() }).meta({ description: 'Since its process began' }),
});
export type WorkerView = z.output<typeof WorkerView>;

/** Workers belong to no tenant; what they run does. */
@Injectable()
export class WorkerReader {
  constructor(
    @InjectRepository(WorkerEntity) private readonly workers: Repository<WorkerEntity>,
    private readonly running: RunningJobStore,
    private readonly clock: StoreClock,
  ) {}

  /** Those whose lease holds, by id; of one queue, those that serve it. */
  async findLive(queue?: string): Promise<WorkerEntity[]> {
    const leaseUntil = MoreThan(new Date(this.clock.now()));
    const live = await this.workers.find({ where: { leaseUntil }, order: { id: 'ASC' } });
    if (queue === undefined) return live;
    return live.filter(({ queues }) => queues.includes(EVERY_QUEUE) || queues.includes(queue));
  }

  async list(tenant: string): Promise<WorkerView[]> {
    const [live, running] = await Promise.all([this.findLive(), this.running.countByWorker(tenant)]);
    return live.map((worker) => toView(worker, running.get(worker.id) ?? 0));
  }
}

function toView(worker: WorkerEntity, running: number): WorkerView {
  const { id, name, queues, types, capacity, startedAt, leaseUntil } = worker;
  const { blockedMs, rssBytes, heapUsedBytes, jobsStarted, jobsEnded } = worker;
  const times = { startedAt: startedAt.toISOString(), leaseUntil: leaseUntil.toISOString() };
  const vitals = {
    eventLoop: { blockedMs },
    memory: { rssBytes, heapUsedBytes },
    attempts: { started: jobsStarted, ended: jobsEnded },
  };
  return { id, name, queues, types, capacity, running, ...times, ...vitals };
}
