import { until } from '../../e2e/harness/until.ts';
import type { Observation } from '../processes/observer.ts';
import { bullmq, graphileWorker, handledBy, holdfast, type Rival } from '../rivals.ts';
import type { Contender, MakeScenario, Reading } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';
import { percentile } from '../statistics.ts';

const FIRST_DUE_MS = 3_000;

/** How long after its due time a delayed job starts. */
export const delayedJobs: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 3_000, quick: 300 });
  const spanMs = sizeOf(options, { usual: 10_000, quick: 2_000 });
  const contender = (rival: Rival): Contender => ({
    name: rival.name,
    setUp: rival.setUp,
    measure: () => lateness(rival, jobs, spanMs),
  });
  return {
    letter: 'e',
    title: `Lateness of ${jobs.toLocaleString('en')} delayed jobs, due within ${spanMs / 1_000} s`,
    measures: [
      { name: 'earliest', unit: 'ms', better: 'less' },
      { name: 'p50', unit: 'ms', better: 'less' },
      { name: 'p99', unit: 'ms', better: 'less' },
      { name: 'latest', unit: 'ms', better: 'less' },
      { name: 'early', unit: 'jobs', better: 'less' },
    ],
    contenders: [holdfast(ground), bullmq(ground, 'everysec'), graphileWorker(ground, 0)].map(contender),
    goals: [
      { measure: 'p99', contender: 'Holdfast', reach: 20 },
      { measure: 'early', contender: 'Holdfast', reach: 0 },
    ],
    notes: [
      "Measured by the handlers, in whole milliseconds of the machine's clock, which the databases read, too.",
      'graphile-worker looks for what has become due every two seconds, its default; pg-boss, likewise, is left out.',
    ],
  };
};

async function lateness(rival: Rival, jobs: number, spanMs: number): Promise<Reading> {
  const open = await rival.open();
  try {
    const [worker] = await open.addWorkers(1);
    if (worker === undefined) throw new Error('no worker');
    await worker.call('go');
    await open.producer.call('delayed', jobs, FIRST_DUE_MS, FIRST_DUE_MS + spanMs);
    await until(
      `${jobs} jobs were handled`,
      async () => (await handledBy([worker])) >= jobs,
      FIRST_DUE_MS + spanMs + 30_000,
    );
    const { lags } = await worker.call<Observation>('observe');
    return {
      earliest: percentile(lags, 0),
      p50: percentile(lags, 0.5),
      p99: percentile(lags, 0.99),
      latest: percentile(lags, 1),
      early: lags.filter((lag) => lag < 0).length,
    };
  } finally {
    await open.close();
  }
}
