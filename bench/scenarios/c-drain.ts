import { bullmq, graphileWorker, holdfast, pgBoss, type Open, type Rival } from '../rivals.ts';
import type { Contender, MakeScenario } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';

const WORKERS = [1, 2] as const;

/** Jobs that are waiting, run and recorded a second. */
export const drain: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 100_000, quick: 3_000 });
  const contender = (rival: Rival): Contender => ({
    name: rival.name,
    setUp: rival.setUp,
    measure: async () => {
      const reading: Record<string, number> = {};
      for (const workers of WORKERS) {
        const open = await rival.open();
        try {
          reading[named(workers)] = await drainRate(open, jobs, workers);
        } finally {
          await open.close();
        }
      }
      return reading;
    },
  });
  return {
    letter: 'c',
    title: `Drain of ${jobs.toLocaleString('en')} no-op jobs`,
    measures: WORKERS.map((workers) => ({ name: named(workers), unit: 'jobs/s', better: 'more' as const })),
    contenders: [
      holdfast(ground),
      bullmq(ground, 'none'),
      bullmq(ground, 'everysec'),
      bullmq(ground, 'always'),
      graphileWorker(ground, 0),
      graphileWorker(ground, 500),
      pgBoss(ground),
    ].map(contender),
    goals: [
      { measure: named(1), contender: 'Holdfast', against: 'BullMQ everysec', reach: 2 },
      { measure: named(1), contender: 'Holdfast', against: 'graphile-worker lq', reach: 1 },
    ],
    notes: [
      'All jobs are submitted before the workers may take the first; the time runs from the first start to the last outcome recorded.',
      'Holdfast keeps every finished job with its times; BullMQ keeps the last 1,000, graphile-worker none, pg-boss all.',
      "graphile-worker's local queue and BullMQ's markers give jobs out before they are finished, as Holdfast does under its lease.",
    ],
  };
};

function named(workers: number): string {
  return workers === 1 ? '1 process' : `${workers} processes`;
}

export async function drainRate(open: Open, jobs: number, count: number): Promise<number> {
  await open.producer.call('bulk', jobs, 3);
  await open.producer.call('settle');
  const workers = await open.addWorkers(count);
  await Promise.all(workers.map((worker) => worker.call('go')));
  return jobs / (await open.drainSeconds(workers, jobs));
}
