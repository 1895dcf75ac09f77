import { queueField, strictObject } from '@holdfast/contract';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { WorkerReader } from '../workers/worker-reader.ts';
import { Books, type MinuteEvents } from './books.ts';
import { Flow, flowOf, sumOf } from './flow.ts';
import { StateCounts } from './state-counts.ts';

const RATE_SECONDS = 60;
const HISTORY_MINUTES = 60;
const count = z.int().min(0);

export const StatisticsQuery = strictObject({ queue: queueField.optional() });
export type StatisticsQuery = z.output<typeof StatisticsQuery>;

const MinuteView = z.object({ startsAt: z.iso.datetime(), ...Flow.shape });

export const StatisticsView = z.object({
  jobs: StateCounts.meta({ description: 'How many jobs there are in each state; pruned ones are there no more' }),
  attempts: z
    .object({ failed: count, retried: count, crashed: count })
    .meta({ description: 'Ever: attempts that failed, those that were tried again, those lost with their worker' }),
  ever: z
    .object({ submitted: count, succeeded: count, dead: count, cancelled: count, expired: count, pruned: count })
    .meta({ description: 'How often each of these ever happened, to jobs that were pruned since as well' }),
  workers: z.object({ active: count, capacity: count }),
  oldestReadyAgeMs: count.nullable(),
  rates: z.object({ ...Flow.shape, perMinute: z.array(MinuteView) }).meta({
    description: `Per second, over the last ${RATE_SECONDS} seconds; and how often in each of the last ${HISTORY_MINUTES} whole minutes in which anything happened, the oldest first`,
  }),
});
export type StatisticsView = z.output<typeof StatisticsView>;

/** Totals and rates of a tenant, or of one of its queues. */
@Injectable()
export class Statistics {
  constructor(
    private readonly books: Books,
    private readonly workers: WorkerReader,
  ) {}

  async read(tenant: string, { queue }: StatisticsQuery): Promise<StatisticsView> {
    const [{ jobs, oldestReadyAgeMs, events }, recent, minutes, workers] = await Promise.all([
      this.books.balance(tenant, queue),
      this.books.rates(tenant, RATE_SECONDS, queue),
      this.books.byMinute(tenant, HISTORY_MINUTES, queue),
      this.workers.findLive(queue),
    ]);
    const capacity = workers.reduce((sum, worker) => sum + worker.capacity, 0);
    return {
      jobs,
      attempts: {
        failed: sumOf(events, ['fail', 'exhaust']),
        retried: sumOf(events, ['fail']),
        crashed: sumOf(events, ['crash', 'exhaust-crashes']),
      },
      ever: {
        submitted: sumOf(events, ['submit']),
        succeeded: sumOf(events, ['succeed']),
        dead: sumOf(events, ['exhaust', 'exhaust-crashes']),
        cancelled: sumOf(events, ['cancel']),
        expired: sumOf(events, ['expire']),
        pruned: sumOf(events, ['prune']),
      },
      workers: { active: workers.length, capacity },
      oldestReadyAgeMs,
      rates: { ...flowOf(recent), perMinute: minutes.map(toView) },
    };
  }
}

function toView({ startsAt, events }: MinuteEvents): z.output<typeof MinuteView> {
  return { startsAt: new Date(startsAt).toISOString(), ...flowOf(events) };
}
