import { until } from '../../e2e/harness/until.ts';
import { System } from '../holdfast/system.ts';
import type { Observation } from '../processes/observer.ts';
import type { Part } from '../processes/part.ts';
import { bullmq, graphileWorker, handledBy, holdfast, openHoldfast, type Rival } from '../rivals.ts';
import type { Contender, MakeScenario, Reading } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';
import { percentile } from '../statistics.ts';

const PER_SECOND = 100;
const WARM_UP = 100;

/** From the call that submits a job to the start of its handler in another process, at a hundred jobs a second. */
export const pickUp: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 1_500, quick: 200 });
  const contender = (rival: Rival): Contender => ({
    name: rival.name,
    setUp: rival.setUp,
    measure: async () => {
      const open = await rival.open();
      try {
        return await pickUpTimes(open.producer, await open.addWorkers(1), jobs);
      } finally {
        await open.close();
      }
    },
  });
  const overHttp = async (): Promise<Reading> => {
    const system = await System.start(ground, { redis: await ground.redis('none'), programs: ['api', 'scheduler'] });
    try {
      return await pickUpTimes(await system.httpProducer(), await openHoldfast(system).addWorkers(1), jobs);
    } finally {
      await system.stop();
    }
  };
  return {
    letter: 'd',
    title: 'Latency from submission to start, 100 jobs a second',
    measures: [
      { name: 'p50', unit: 'ms', better: 'less' },
      { name: 'p99', unit: 'ms', better: 'less' },
      { name: 'slowest', unit: 'ms', better: 'less' },
    ],
    contenders: [
      { ...contender(holdfast(ground)), name: 'Holdfast in process' },
      { name: 'Holdfast over HTTP', setUp: 'POST /v1/jobs from another process', measure: overHttp },
      contender(bullmq(ground, 'none')),
      contender(bullmq(ground, 'everysec')),
      contender(bullmq(ground, 'always')),
      contender(graphileWorker(ground, 0)),
      contender(graphileWorker(ground, 500)),
    ],
    goals: [{ measure: 'p50', contender: 'Holdfast in process', against: 'BullMQ always', reach: 1 }],
    notes: [
      'The time runs from before the call that submits to the first line of the handler, on the clock that processes share.',
      'pg-boss polls every half second or slower and is left out.',
    ],
  };
};

export async function pickUpTimes(producer: Part, workers: readonly Part[], jobs: number): Promise<Reading> {
  await Promise.all(workers.map((worker) => worker.call('go')));
  await submitSteadily(producer, workers, WARM_UP);
  await Promise.all(workers.map((worker) => worker.call('forget')));
  await submitSteadily(producer, workers, jobs);
  const seen = await Promise.all(workers.map((worker) => worker.call<Observation>('observe')));
  const lags = seen.flatMap((each) => each.lags);
  return { p50: percentile(lags, 0.5), p99: percentile(lags, 0.99), slowest: percentile(lags, 1) };
}

async function submitSteadily(producer: Part, workers: readonly Part[], jobs: number): Promise<void> {
  await producer.call('steadily', jobs, PER_SECOND);
  await until(`${jobs} jobs were handled`, async () => (await handledBy(workers)) >= jobs, 60_000);
}
