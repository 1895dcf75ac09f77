import type { Instant } from '@holdfast/domain';
import { QueuePauseStore, RunningJobStore, type JobEntity, type WorkerEntity } from '@holdfast/persistence';
import { READY_INDEX_DEFAULTS, RedisReadyIndex, type IndexPlace } from '@holdfast/queue';
import { Injectable } from '@nestjs/common';
import { WorkerReader } from '../workers/worker-reader.ts';
import type { Situation, Staff } from './situation.ts';

/** Reads what a job's running depends on. */
@Injectable()
export class Ground {
  constructor(
    private readonly pauses: QueuePauseStore,
    private readonly workers: WorkerReader,
    private readonly running: RunningJobStore,
    private readonly index: RedisReadyIndex,
  ) {}

  async situationOf(tenant: string, job: JobEntity, now: Instant): Promise<Situation> {
    const [pauses, live, taken, place] = await Promise.all([
      this.pauses.find(tenant),
      this.workers.findLive(),
      this.running.countByEveryWorker(),
      this.placeOf(job),
    ]);
    return {
      now,
      job,
      pause: pauses.find(({ queue }) => queue === job.queue),
      staff: staffFor(job, live, taken),
      holderAlive: live.some(({ id }) => id === job.workerId),
      place,
      horizonMs: READY_INDEX_DEFAULTS.horizonMs,
    };
  }

  private async placeOf({ queue, id }: JobEntity): Promise<IndexPlace | undefined> {
    return this.index.locate(queue, id).catch(() => undefined);
  }
}

function staffFor(
  { queue, type }: JobEntity,
  live: readonly WorkerEntity[],
  taken: ReadonlyMap<string, number>,
): Staff {
  const serving = live.filter(({ queues }) => queues.includes('*') || queues.includes(queue));
  const able = serving.filter(({ types }) => types.includes(type));
  return {
    alive: live.length,
    serving: serving.length,
    able: able.length,
    free: able.filter(({ id, capacity }) => (taken.get(id) ?? 0) < capacity).length,
    capacity: able.reduce((sum, { capacity }) => sum + capacity, 0),
  };
}
