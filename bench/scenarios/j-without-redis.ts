import path from 'node:path';
import { startRedis } from '../../tools/servers/index.ts';
import { System } from '../holdfast/system.ts';
import { graphileWorker, HOLDFAST_CONCURRENCY, openHoldfast, type Open, type Rival } from '../rivals.ts';
import type { Contender, MakeScenario } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';
import { drainRate } from './c-drain.ts';
import { pickUpTimes } from './d-pick-up.ts';

let servers = 0;

/** Redis is killed: the same system on MySQL alone, beside a queue that never had anything but its database. */
export const withoutRedis: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 50_000, quick: 2_000 });
  const lone = sizeOf(options, { usual: 500, quick: 50 });
  const holdfast: Rival = {
    name: 'Holdfast, Redis killed',
    setUp: `MariaDB flush=1, concurrency ${HOLDFAST_CONCURRENCY}`,
    open: async () => {
      const redis = await startRedis({ directory: path.join(ground.directory, `redis-to-kill-${++servers}`) });
      const system = await System.start(ground, { redis, programs: ['api', 'scheduler'] });
      await redis.kill('SIGKILL');
      return openHoldfast(system);
    },
  };
  const contender = (rival: Rival): Contender => ({
    name: rival.name,
    setUp: rival.setUp,
    measure: async () => {
      const submit = await withFresh(
        rival,
        async ({ producer }) => jobs / (await producer.call<number>('bulk', jobs, 3)),
      );
      const drain = await withFresh(rival, (open) => drainRate(open, jobs, 1));
      const times = await withFresh(rival, async (open) => pickUpTimes(open.producer, await open.addWorkers(1), lone));
      return { 'bulk enqueue': submit, drain, 'pick-up p50': times['p50'] ?? NaN, 'pick-up p99': times['p99'] ?? NaN };
    },
  });
  return {
    letter: 'j',
    title: 'Without Redis',
    measures: [
      { name: 'bulk enqueue', unit: 'jobs/s', better: 'more' },
      { name: 'drain', unit: 'jobs/s', better: 'more' },
      { name: 'pick-up p50', unit: 'ms', better: 'less' },
      { name: 'pick-up p99', unit: 'ms', better: 'less' },
    ],
    contenders: [holdfast, graphileWorker(ground, 0), graphileWorker(ground, 500)].map(contender),
    goals: [],
    notes: [
      'Holdfast asks MySQL twice a second while Redis is away; graphile-worker is told by LISTEN and NOTIFY, always.',
    ],
  };
};

async function withFresh<T>(rival: Rival, work: (open: Open) => Promise<T>): Promise<T> {
  const open = await rival.open();
  try {
    return await work(open);
  } finally {
    await open.close();
  }
}
