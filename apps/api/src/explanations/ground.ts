import { standingOf, WORKFLOW_LIMITS, type Instant, type Lane, type WorkerId } from '@holdfast/domain';
import {
  DependencyStore,
  LimitStandingStore,
  type DependencyRecord,
  QueuePauseStore,
  RunningJobStore,
} from '@holdfast/persistence';
import type { JobEntity, WorkerEntity } from '@holdfast/persistence/schema';
import { READY_INDEX_DEFAULTS, RedisReadyIndex } from '@holdfast/queue';
import { Injectable } from '@nestjs/common';
import { WorkerReader } from '../workers/worker-reader.ts';
import type { Situation, Staff } from './situation.ts';

/** Slots matter to jobs that wait, and to no others. */
const NOBODYS: ReadonlyMap<WorkerId, number> = new Map();

/** Reads what a job's running depends on. */
@Injectable()
export class Ground {
  constructor(
    private readonly pauses: QueuePauseStore,
    private readonly workers: WorkerReader,
    private readonly running: RunningJobStore,
    private readonly dependencies: DependencyStore,
    private readonly index: RedisReadyIndex,
    private readonly standing: LimitStandingStore,
  ) {}

  async situationOf(tenant: string, job: JobEntity, now: Instant): Promise<Situation> {
    const lane = laneOf(job);
    const limited = { ...lane, queue: job.queue, isOrdered: Boolean(job.isOrdered) };
    const isWaiting = job.state === 'pending';
    const [pauses, live, taken, place, limits, turn, dependencies] = await Promise.all([
      this.pauses.find(tenant),
      this.workers.findLive(),
      isWaiting ? this.running.countByEveryWorker() : NOBODYS,
      this.index.locate({ id: job.id, queue: job.queue, ...lane }).catch(() => undefined),
      isWaiting ? this.standing.find(limited) : [],
      isWaiting ? this.standing.findTurn(limited) : undefined,
      job.state === 'blocked' || job.state === 'cancelled' ? this.dependencies.find(job.id, WORKFLOW_LIMITS.jobs) : [],
    ]);
    return {
      now,
      job,
      waitsFor: job.state === 'blocked' ? dependencies.filter(isOpen) : [],
      causes: job.state === 'cancelled' ? dependencies.filter(({ isCause }) => isCause) : [],
      pause: pauses.find(({ queue }) => queue === job.queue),
      limits,
      before: turn === job.id ? undefined : turn,
      staff: staffFor(job, live, taken),
      holderAlive: live.some(({ id }) => id === job.workerId),
      place,
      horizonMs: READY_INDEX_DEFAULTS.horizonMs,
    };
  }
}

function isOpen(dependency: DependencyRecord): boolean {
  return standingOf({ ...dependency, dependsOn: dependency.id }) === 'open';
}

function laneOf({ tenant, fairnessKey, concurrencyKey }: JobEntity): Lane {
  return { tenant, fairnessKey: fairnessKey ?? undefined, concurrencyKey: concurrencyKey ?? undefined };
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
