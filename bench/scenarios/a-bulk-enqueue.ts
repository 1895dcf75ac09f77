import { bullmq, graphileWorker, holdfast, pgBoss, type Rival } from '../rivals.ts';
import type { Contender, MakeScenario, Reading } from '../scenario.ts';
import { QUEUE, System } from '../holdfast/system.ts';
import { sizeOf } from '../sizes.ts';
import type { Part } from '../processes/part.ts';

const LANES = [1, 3] as const;
const IN_PROCESS = 'Holdfast in process';
const OVER_HTTP = 'Holdfast over HTTP';

/** Jobs acknowledged a second, in batches of 1,000, no worker running. */
export const bulkEnqueue: MakeScenario = (ground, options) => {
  const jobs = sizeOf(options, { usual: 50_000, quick: 3_000 });
  const peer = (rival: Rival, call: string): Contender => ({
    name: rival.name,
    setUp: `${call}, ${rival.setUp.replace(/, (concurrency|bare).*/, '')}`,
    measure: async () => {
      const open = await rival.open();
      try {
        return await enqueue(open.producer, jobs);
      } finally {
        await open.close();
      }
    },
  });
  const overHttp = async (): Promise<Reading> => {
    const system = await System.start(ground, { redis: await ground.redis('none'), programs: ['api', 'scheduler'] });
    try {
      const reading = await enqueue(await system.httpProducer(), jobs);
      const stored = await system.number(`SELECT COUNT(*) AS n FROM jobs WHERE queue = '${QUEUE}'`);
      if (stored !== jobs * (LANES.length + 0.1)) throw new Error(`${stored} jobs are stored`);
      return reading;
    } finally {
      await system.stop();
    }
  };
  return {
    letter: 'a',
    title: 'Bulk enqueue, batches of 1,000',
    measures: LANES.map((lanes) => ({ name: named(lanes), unit: 'jobs/s', better: 'more' as const })),
    contenders: [
      { ...peer(holdfast(ground), 'the library that the API uses'), name: IN_PROCESS },
      {
        name: OVER_HTTP,
        setUp: 'POST /v1/jobs/batch from another process, MariaDB flush=1 + Redis without persistence',
        measure: overHttp,
      },
      ...(['none', 'everysec', 'always'] as const).map((each) => peer(bullmq(ground, each), 'addBulk')),
      peer(graphileWorker(ground, 0), 'addJobs'),
      peer(pgBoss(ground), 'insert'),
    ],
    goals: [
      { measure: named(1), contender: IN_PROCESS, against: 'BullMQ everysec', reach: 2 },
      { measure: named(1), contender: IN_PROCESS, against: 'graphile-worker', reach: 1 },
      { measure: named(1), contender: OVER_HTTP, against: 'BullMQ everysec', reach: 1 },
    ],
    notes: [
      'In process means: the program that submits calls the library itself. Over HTTP, JSON and a verified token come on top.',
      `Each figure is ${jobs.toLocaleString('en')} jobs from one process, with one batch in flight and then with three.`,
    ],
  };
};

function named(lanes: number): string {
  return `${lanes} in flight`;
}

/** A tenth is submitted before, so that nobody is measured with code that was never run. */
async function enqueue(producer: Part, jobs: number): Promise<Reading> {
  const reading: Record<string, number> = {};
  await producer.call('bulk', jobs / 10, 1);
  for (const lanes of LANES) reading[named(lanes)] = jobs / (await producer.call<number>('bulk', jobs, lanes));
  return reading;
}
