import { setTimeout as pause } from 'node:timers/promises';
import { System } from '../holdfast/system.ts';
import { monotonicMs } from '../processes/clock.ts';
import type { Part } from '../processes/part.ts';
import { HOLDFAST_CONCURRENCY, handledBy } from '../rivals.ts';
import type { Contender, MakeScenario, Reading } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';

const STEP = 2_000;

/** Jobs that pass through, submitted and recorded, while so many others stay pending before and behind them. */
export const backlog: MakeScenario = (ground, options) => {
  const passing = sizeOf(options, { usual: 60_000, quick: 4_000 });
  const sizes = options.quick ? [2_000, 6_000] : [10_000, 1_000_000, ...(options.full ? [5_000_000] : [])];
  let system: System | undefined;
  let worker: Part | undefined;
  let pending = 0;
  const growTo = async (size: number): Promise<void> => {
    system ??= await System.start(ground, { redis: await ground.redis('none'), programs: ['scheduler'] });
    await system.library.call('bulk', size - pending, 3);
    pending = size;
  };
  const last = sizes.at(-1);
  const contender = (size: number): Contender => ({
    name: `${size.toLocaleString('en')} pending`,
    setUp: 'Holdfast',
    prepare: () => growTo(size),
    measure: async () => {
      if (system === undefined) throw new Error('not prepared');
      // A fresh worker for every round: it meets the backlog as it would after a deploy.
      [worker] = await system.addWorkers(1, { WORKER_CONCURRENCY: String(HOLDFAST_CONCURRENCY) });
      if (worker === undefined) throw new Error('no worker');
      const reading = await passThrough(system.library, worker, passing);
      await worker.stop();
      pending = await system.library.call<number>('remaining');
      await growTo(Math.max(size, pending));
      return reading;
    },
    ...(size === last ? { finish: async () => system?.stop() } : {}),
  });
  return {
    letter: 'f',
    title: 'Throughput as the backlog grows',
    measures: [{ name: 'through', unit: 'jobs/s', better: 'more' }],
    contenders: sizes.map(contender),
    goals: sizes.slice(1).map((size) => ({
      measure: 'through',
      contender: `${size.toLocaleString('en')} pending`,
      against: `${(sizes[0] ?? 0).toLocaleString('en')} pending`,
      reach: 0.8,
    })),
    notes: [
      'The backlog is kept level: the library submits as many jobs as the worker has begun, so each figure holds both.',
      'One database grows from the smallest backlog to the largest; the rounds of one size come before the next.',
    ],
    inOrder: true,
  };
};

/** The first tenth warms both processes up and is not counted. */
async function passThrough(producer: Part, worker: Part, jobs: number): Promise<Reading> {
  await worker.call('go');
  let submitted = 0;
  let startedAt = 0;
  let before = 0;
  for (;;) {
    const handled = await handledBy([worker]);
    if (startedAt === 0 && handled >= jobs / 10) [startedAt, before] = [monotonicMs(), handled];
    if (handled >= jobs * 1.1) return { through: (handled - before) / ((monotonicMs() - startedAt) / 1_000) };
    if (submitted >= handled) {
      await pause(5);
      continue;
    }
    await producer.call('bulk', Math.ceil((handled - submitted) / STEP) * STEP, 2);
    submitted += Math.ceil((handled - submitted) / STEP) * STEP;
  }
}
