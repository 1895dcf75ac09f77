import type { JobEvent } from '@holdfast/domain';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { queueField, strictObject } from '../http/fields.ts';
import { WorkerReader } from '../workers/worker-reader.ts';
import { Books } from './books.ts';
import { StateCounts } from './state-counts.ts';

const RATE_SECONDS = 60;
const count = z.int().min(0);
const perSecond = z.number().min(0);

export const StatisticsQuery = strictObject({ queue: queueField.optional() });
export type StatisticsQuery = z.output<typeof StatisticsQuery>;

export const StatisticsView = z.object({
  jobs: StateCounts,
  attempts: z
    .object({ failed: count, retried: count, crashed: count })
    .meta({ description: 'Ever: attempts that failed, those that were tried again, those lost with their worker' }),
  workers: z.object({ active: count, capacity: count }),
  oldestReadyAgeMs: count.nullable(),
  rates: z
    .object({ submitted: perSecond, started: perSecond, succeeded: perSecond, failed: perSecond })
    .meta({ description: `Per second, over the last ${RATE_SECONDS} seconds` }),
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
    const [{ jobs, oldestReadyAgeMs, events }, rates, workers] = await Promise.all([
      this.books.balance(tenant, queue),
      this.books.rates(tenant, RATE_SECONDS, queue),
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
      workers: { active: workers.length, capacity },
      oldestReadyAgeMs,
      rates: {
        submitted: sumOf(rates, ['submit']),
        started: sumOf(rates, ['claim']),
        succeeded: sumOf(rates, ['succeed']),
        failed: sumOf(rates, ['fail', 'exhaust']),
      },
    };
  }
}

function sumOf(counts: ReadonlyMap<JobEvent, number>, events: readonly JobEvent[]): number {
  return events.reduce((sum, event) => sum + (counts.get(event) ?? 0), 0);
}
