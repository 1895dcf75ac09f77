import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../e2e/harness/until.ts';
import type { Ground } from './ground.ts';
import { QUEUE, System } from './holdfast/system.ts';
import { monotonicMs } from './processes/clock.ts';
import type { Observation } from './processes/observer.ts';
import { Part } from './processes/part.ts';
import type { Durability } from './servers/redis.ts';

/** A contender with a fresh, empty store: one process that submits, others that run jobs. */
export interface Open {
  readonly producer: Part;
  /** Worker processes that are ready and wait for `go`. */
  addWorkers(count: number): Promise<Part[]>;
  /** Seconds from the first start to the last outcome recorded, once all jobs are finished. */
  drainSeconds(workers: readonly Part[], jobs: number): Promise<number>;
  close(): Promise<void>;
}

export interface Rival {
  readonly name: string;
  readonly setUp: string;
  open(): Promise<Open>;
}

const DRAIN_WITHIN_MS = 600_000;
/** Jobs that one worker process runs at once; its default is 50. */
export const HOLDFAST_CONCURRENCY = 1_000;

export function holdfast(ground: Ground): Rival {
  return {
    name: 'Holdfast',
    setUp: `MariaDB flush=1 + Redis without persistence, concurrency ${HOLDFAST_CONCURRENCY}`,
    open: async () => {
      const system = await System.start(ground, { redis: await ground.redis('none'), programs: ['api', 'scheduler'] });
      return openHoldfast(system);
    },
  };
}

export function openHoldfast(system: System): Open {
  return {
    producer: system.library,
    addWorkers: (count) => system.addWorkers(count, { WORKER_CONCURRENCY: String(HOLDFAST_CONCURRENCY) }),
    drainSeconds: async (workers, jobs) => {
      await untilFinished(system.library, workers, jobs);
      // By the database's clock: from the first claim to the last statement that recorded outcomes.
      const micros = await system.number(`
        SELECT TIMESTAMPDIFF(MICROSECOND, MIN(started_at), MAX(finished_at)) AS n FROM jobs WHERE queue = '${QUEUE}'`);
      return micros / 1e6;
    },
    close: () => system.stop(),
  };
}

export function bullmq(ground: Ground, durability: Durability): Rival {
  const setUp = durability === 'none' ? 'Redis without persistence' : `Redis, appendfsync ${durability}`;
  return {
    name: `BullMQ ${durability}`,
    setUp: `${setUp}, concurrency 100`,
    open: async () => {
      const { url } = await ground.redis(durability);
      return openPeer(ground, 'peers/bullmq.ts', { REDIS_URL: url, CONCURRENCY: '100' });
    },
  };
}

export function graphileWorker(ground: Ground, localQueue: number): Rival {
  const batching = localQueue > 0 ? `local queue ${localQueue}, completions batched` : 'no local queue';
  return {
    name: localQueue > 0 ? 'graphile-worker lq' : 'graphile-worker',
    setUp: `PostgreSQL, concurrency 24, ${batching}`,
    open: async () => {
      const { url } = await ground.postgres();
      const env = { POSTGRES_URL: url, CONCURRENCY: '24', LOCAL_QUEUE: String(localQueue) };
      return openPeer(ground, 'peers/graphile-worker.ts', env);
    },
  };
}

export function pgBoss(ground: Ground): Rival {
  return {
    name: 'pg-boss',
    setUp: 'PostgreSQL, bare fetch and complete of 500, two at a time',
    open: async () => {
      const { url } = await ground.postgres();
      return openPeer(ground, 'peers/pg-boss.ts', { POSTGRES_URL: url, BATCH_SIZE: '500', LANES: '2' });
    },
  };
}

async function openPeer(ground: Ground, script: string, env: NodeJS.ProcessEnv): Promise<Open> {
  const parts: Part[] = [];
  const start = async (role: string): Promise<Part> => {
    const part = await Part.start({ script, args: [role], env, directory: ground.directory });
    parts.push(part);
    return part;
  };
  const producer = await start('producer');
  await producer.call('reset');
  return {
    producer,
    addWorkers: async (count) => {
      const workers = await Promise.all(Array.from({ length: count }, () => start('consumer')));
      await Promise.all(workers.map((worker) => worker.call('open')));
      return workers;
    },
    drainSeconds: async (workers, jobs) => {
      const finishedAt = await untilFinished(producer, workers, jobs);
      const seen = await Promise.all(workers.map((worker) => worker.call<Observation>('observe')));
      const firstAt = Math.min(...seen.map((each) => (each.handled > 0 ? each.firstAt : Infinity)));
      // Where its worker does not say when an outcome was recorded, the store was asked until it had them all.
      const told = seen.reduce((sum, { recorded }) => sum + recorded, 0) >= jobs;
      return ((told ? Math.max(...seen.map(({ lastAt }) => lastAt)) : finishedAt) - firstAt) / 1_000;
    },
    close: async () => {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

/** @returns when the store said so, by the monotonic clock */
async function untilFinished(producer: Part, workers: readonly Part[], jobs: number): Promise<number> {
  await until(`${jobs} jobs were handled`, async () => (await handledBy(workers)) >= jobs, DRAIN_WITHIN_MS);
  const deadline = monotonicMs() + DRAIN_WITHIN_MS;
  while ((await producer.call<number>('remaining')) > 0) {
    if (monotonicMs() > deadline) throw new Error('Jobs were handled, but their outcomes were not recorded.');
    await pause(5);
  }
  return monotonicMs();
}

export async function handledBy(workers: readonly Part[]): Promise<number> {
  const counts = await Promise.all(workers.map((worker) => worker.call<number>('handled')));
  return counts.reduce((sum, count) => sum + count, 0);
}
