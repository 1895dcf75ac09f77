import { NO_POLICY, type QueuePolicy } from '@holdfast/domain';
import type { Ground } from '../ground.ts';
import { System } from '../holdfast/system.ts';
import { HOLDFAST_CONCURRENCY, openHoldfast, type Rival } from '../rivals.ts';
import type { Contender, MakeScenario } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';
import { drainRate } from './c-drain.ts';

interface Limits {
  readonly name: string;
  readonly setUp: string;
  readonly keys: number;
  readonly policy?: Partial<QueuePolicy>;
}

const CASES: readonly Limits[] = [
  { name: 'no limit', setUp: 'as in c', keys: 0 },
  {
    name: 'queue limit',
    setUp: `concurrency ${HOLDFAST_CONCURRENCY} in the queue`,
    keys: 0,
    policy: { all: { concurrency: HOLDFAST_CONCURRENCY } },
  },
  { name: '100 keys', setUp: '10 of each at once', keys: 100, policy: { perKey: { concurrency: 10 } } },
  { name: '10,000 keys', setUp: 'one of each at once', keys: 10_000 },
];

const MEASURE = '1 process';

/** What it costs that a claim counts before it starts jobs: the drain of c, under limits that leave enough to do. */
export const limits: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 100_000, quick: 3_000 });
  const contender = (rival: Rival): Contender => ({
    name: rival.name,
    setUp: rival.setUp,
    measure: async () => {
      const open = await rival.open();
      try {
        return { [MEASURE]: await drainRate(open, jobs, 1) };
      } finally {
        await open.close();
      }
    },
  });
  return {
    letter: 'k',
    title: `Drain of ${jobs.toLocaleString('en')} no-op jobs under limits`,
    measures: [{ name: MEASURE, unit: 'jobs/s', better: 'more' }],
    contenders: CASES.map((each) => contender(limited(ground, each))),
    goals: CASES.slice(1).map(({ name }) => ({
      measure: MEASURE,
      contender: name,
      against: 'no limit',
      reach: 0.7,
    })),
    notes: ['Keys come in turn, so that at any time there is enough that may start.'],
  };
};

function limited(ground: Ground, { name, setUp, keys, policy }: Limits): Rival {
  return {
    name,
    setUp,
    open: async () => {
      const system = await System.start(ground, {
        redis: await ground.redis('none'),
        programs: ['api', 'scheduler'],
        settings: { KEYS: String(keys), ...(policy && { POLICY: JSON.stringify({ ...NO_POLICY, ...policy }) }) },
      });
      return openHoldfast(system);
    },
  };
}
