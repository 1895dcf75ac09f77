import { setTimeout as pause } from 'node:timers/promises';
import { System } from '../holdfast/system.ts';
import { monotonicMs } from '../processes/clock.ts';
import type { MakeScenario } from '../scenario.ts';
import { ask } from '../servers/redis.ts';
import { sizeOf } from '../sizes.ts';

const WITHIN_MS = 600_000;

/** From FLUSHALL to a complete index again. */
export const rebuild: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 1_000_000, quick: 5_000 });
  let system: System | undefined;
  return {
    letter: 'h',
    title: `Rebuild of the index for ${jobs.toLocaleString('en')} jobs after FLUSHALL`,
    measures: [{ name: 'rebuild', unit: 's', better: 'less' }],
    contenders: [
      {
        name: 'Holdfast',
        setUp: 'one scheduler, no worker',
        prepare: async () => {
          system = await System.start(ground, { redis: await ground.redis('none'), programs: ['scheduler'] });
          await system.library.call('bulk', jobs, 3);
        },
        measure: async () => {
          if (system === undefined) throw new Error('not prepared');
          return { rebuild: await rebuildSeconds(system, (await ground.redis('none')).url, jobs) };
        },
        finish: async () => system?.stop(),
      },
    ],
    goals: [{ measure: 'rebuild', contender: 'Holdfast', reach: 15 }],
    notes: [
      'Includes the time until the scheduler notices. Ends when it logs that the index was rebuilt, and counts its members then.',
      'A queue that keeps its jobs in Redis alone has nothing to rebuild them from.',
    ],
  };
};

async function rebuildSeconds(system: System, url: string, jobs: number): Promise<number> {
  const rebuiltBefore = rebuilds(system);
  await ask(url, (redis) => redis.flushall());
  const flushedAt = monotonicMs();
  while (rebuilds(system) === rebuiltBefore) {
    if (monotonicMs() - flushedAt > WITHIN_MS) throw new Error('The index was not rebuilt.');
    await pause(20);
  }
  const seconds = (monotonicMs() - flushedAt) / 1_000;
  const indexed = await ask(url, async (redis) => {
    const keys = await redis.keys('*:ready');
    return (await Promise.all(keys.map((key) => redis.zcard(key)))).reduce((sum, count) => sum + count, 0);
  });
  if (indexed !== jobs) throw new Error(`The rebuilt index has ${indexed} jobs, not ${jobs}.`);
  return seconds;
}

function rebuilds(system: System): number {
  return system
    .program('scheduler')
    .log()
    .filter((line) => line['msg'] === 'index rebuilt').length;
}
