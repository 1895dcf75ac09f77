import type { JobEvent } from '@holdfast/domain';
import { DueJobStore, TallyStore, type DueJobs, type TallySum } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { stateCounts, type StateCounts } from './state-counts.ts';

export interface QueueBalance {
  readonly name: string;
  readonly jobs: StateCounts;
  readonly oldestReadyAgeMs: number | null;
}

export interface Balance {
  readonly jobs: StateCounts;
  readonly oldestReadyAgeMs: number | null;
  /** How often each event ever happened */
  readonly events: ReadonlyMap<JobEvent, number>;
}

/** Reads the tallies as counts: costs the same however many finished jobs there are. */
@Injectable()
export class Books {
  constructor(
    private readonly tallies: TallyStore,
    private readonly due: DueJobStore,
  ) {}

  /** Over all queues of a tenant, or one. */
  async balance(tenant: string, queue?: string): Promise<Balance> {
    const [sums, due] = await Promise.all([this.tallies.sum(tenant), this.due.countByQueue(tenant, queue)]);
    const chosen = queue === undefined ? sums : sums.filter((sum) => sum.queue === queue);
    return { jobs: stateCounts(chosen, dueIn(due)), oldestReadyAgeMs: oldest(due), events: countEvents(chosen) };
  }

  /** By name. */
  async byQueue(tenant: string): Promise<QueueBalance[]> {
    const [sums, due] = await Promise.all([this.tallies.sum(tenant), this.due.countByQueue(tenant)]);
    const names = [...new Set(sums.map(({ queue }) => queue))].sort();
    return names.map((name) => {
      const here = due.filter(({ queue }) => queue === name);
      const chosen = sums.filter(({ queue }) => queue === name);
      return { name, jobs: stateCounts(chosen, dueIn(here)), oldestReadyAgeMs: oldest(here) };
    });
  }

  /** Events per second over the last seconds. */
  async rates(tenant: string, seconds: number, queue?: string): Promise<ReadonlyMap<JobEvent, number>> {
    const recent = await this.tallies.sumRecent(tenant, seconds);
    const chosen = queue === undefined ? recent : recent.filter((sum) => sum.queue === queue);
    return new Map([...countEvents(chosen)].map(([event, n]) => [event, n / seconds]));
  }
}

function countEvents(sums: readonly Pick<TallySum, 'event' | 'n'>[]): Map<JobEvent, number> {
  const events = new Map<JobEvent, number>();
  for (const { event, n } of sums) events.set(event, (events.get(event) ?? 0) + n);
  return events;
}

function dueIn(due: readonly DueJobs[]): number {
  return due.reduce((sum, { n }) => sum + n, 0);
}

function oldest(due: readonly DueJobs[]): number | null {
  return due.length === 0 ? null : Math.max(...due.map(({ oldestAgeMs }) => oldestAgeMs));
}
