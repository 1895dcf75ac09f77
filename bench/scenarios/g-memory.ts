import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { System } from '../holdfast/system.ts';
import type { ProgramName } from '../../e2e/harness/program.ts';
import type { Part } from '../processes/part.ts';
import { bullmq, HOLDFAST_CONCURRENCY } from '../rivals.ts';
import type { MakeScenario, Reading } from '../scenario.ts';
import { ask, usedMemory } from '../servers/redis.ts';
import { sizeOf } from '../sizes.ts';

const FAR_MS = 30 * 86_400_000;
/** Submitted ahead of the worker at most, so that memory is not a matter of how long the queue became. */
const STEP = 10_000;

/** What Redis holds for a job, and what the programs hold while jobs pass. */
export const memory: MakeScenario = (ground, options) => {
  const waiting = sizeOf(options, { usual: 100_000, quick: 5_000 });
  const passing = sizeOf(options, { usual: 1_000_000, quick: 10_000 });
  const far = sizeOf(options, { usual: 2_000, quick: 100 });
  const ofHoldfast = async (): Promise<Reading> => {
    const redis = await ground.redis('none');
    // The programs as they are shipped, so a type that they have; the benchmark's own worker has its tools to carry, too.
    const settings = { TYPE: 'echo', WORKER_CONCURRENCY: String(HOLDFAST_CONCURRENCY) };
    const system = await System.start(ground, { redis, programs: ['api', 'scheduler'], settings });
    try {
      const http = await system.httpProducer();
      await http.call('delayed', 1, FAR_MS, FAR_MS + 1);
      const farBytes = await growth(redis.url, far, () => http.call('delayed', far, FAR_MS, FAR_MS + 1_000));
      const bytes = await growth(redis.url, waiting, () => system.library.call('bulk', waiting, 3));
      await system.add('worker');
      const startedAt = performance.now();
      await passThrough(http, system.library, passing, far + 1);
      const rate = (passing + waiting) / ((performance.now() - startedAt) / 1_000);
      await pause(1_000);
      const peak = (name: ProgramName): number => peakOf(system.program(name).pid);
      return {
        'bytes a waiting job': bytes,
        'a far-future job': farBytes,
        'a finished job': (await ask(redis.url, countMembers)) / passing,
        'api, peak': peak('api'),
        'worker, peak': peak('worker'),
        'scheduler, peak': peak('scheduler'),
        passing: rate,
      };
    } finally {
      await system.stop();
    }
  };
  const ofBullmq = async (): Promise<Reading> => {
    const { url } = await ground.redis('none');
    const open = await bullmq(ground, 'none').open();
    const bytes = await growth(url, waiting, () => open.producer.call('bulk', waiting, 3));
    await open.close();
    return { 'bytes a waiting job': bytes };
  };
  return {
    letter: 'g',
    title: `Memory: ${waiting.toLocaleString('en')} jobs waiting, ${passing.toLocaleString('en')} passing through`,
    measures: [
      ...['bytes a waiting job', 'a far-future job', 'a finished job'].map((name) => ({
        name,
        unit: 'B',
        better: 'less' as const,
      })),
      ...['api, peak', 'worker, peak', 'scheduler, peak'].map((name) => ({
        name,
        unit: 'MB',
        better: 'less' as const,
      })),
      { name: 'passing', unit: 'jobs/s', better: 'more' },
    ],
    contenders: [
      {
        name: 'Holdfast',
        setUp: `the three programs as shipped, type echo, concurrency ${HOLDFAST_CONCURRENCY}`,
        measure: ofHoldfast,
      },
      { name: 'BullMQ', setUp: 'addBulk of the same jobs', measure: ofBullmq },
    ],
    goals: [
      { measure: 'bytes a waiting job', contender: 'Holdfast', reach: 130 },
      { measure: 'a far-future job', contender: 'Holdfast', reach: 0 },
      { measure: 'a finished job', contender: 'Holdfast', reach: 0 },
      { measure: 'api, peak', contender: 'Holdfast', reach: 200 },
      { measure: 'worker, peak', contender: 'Holdfast', reach: 200 },
    ],
    notes: [
      "Bytes are the growth of Redis' used_memory. Peaks are resident memory as Linux counts it (VmHWM), the jobs coming over HTTP.",
      'Redis holds ids and times of a job and nothing of its payload, so the size of the payload does not enter.',
    ],
  };
};

async function growth(url: string, jobs: number, submit: () => Promise<unknown>): Promise<number> {
  const before = await usedMemory(url);
  await submit();
  await pause(500);
  // What connections and buffers take comes and goes by some kilobytes.
  const bytes = ((await usedMemory(url)) - before) / jobs;
  return Math.max(0, Math.round(bytes));
}

async function passThrough(http: Part, library: Part, jobs: number, left: number): Promise<void> {
  for (let submitted = 0; submitted < jobs; submitted += STEP) {
    await http.call('bulk', STEP, 2);
    await untilLeft(library, left + 2 * STEP);
  }
  await untilLeft(library, left);
}

async function untilLeft(library: Part, atMost: number): Promise<void> {
  while ((await library.call<number>('remaining')) > atMost) await pause(100);
}

/** Members of all sorted sets but the jobs that are due in the far future, which have no business here. */
async function countMembers(redis: Parameters<Parameters<typeof ask>[1]>[0]): Promise<number> {
  const keys = await redis.keys('*}:*');
  const counts = await Promise.all(
    keys.map(async (key) => ((await redis.type(key)) === 'zset' ? redis.zcard(key) : 0)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Megabytes of resident memory at the most so far; Linux only. */
function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}
