import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Redis } from 'ioredis';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

const KEYS = ['a', 'b', 'c'] as const;
const JOBS = 40;
const WORKERS = 8;
/** HOLDFAST_E2E_KILLS makes it more. */
const KILLS = Number(process.env['HOLDFAST_E2E_KILLS'] ?? 2);

interface Moved extends Row {
  readonly concurrencyKey: string;
  readonly job: string;
  readonly to_state: string;
}

describe('jobs with a concurrency key', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  it('never run two at once, and keep their order, while workers are killed and Redis is wiped', async () => {
    const settings = { TRANSITION_JOURNAL: 'true', LEASE_TTL: '2s', WORKER_CONCURRENCY: '8' };
    cluster = await Cluster.start({ ownRedis: true, workers: WORKERS, settings });
    const ids = await submit();
    const redis = new Redis(cluster.redis?.url ?? '');
    for (let n = 0; n < KILLS; n++) {
      await pause(300);
      await redis.flushall();
      await pause(300);
      await cluster.running('worker')[0]?.kill();
      await cluster.add('worker');
    }
    redis.disconnect();
    await until('all succeeded', async () => (await count("state = 'succeeded'")) === ids.length, 90_000);
    expect(mostAtOnce(await moves())).toBe(1);
    expect(await startOrder('a')).toEqual(ids.filter((_, n) => n % KEYS.length === 0));
  });

  /** Those of the first key keep an order. */
  async function submit(): Promise<string[]> {
    const jobs = Array.from({ length: KEYS.length * JOBS }, (_, n) => {
      const concurrencyKey = KEYS[n % KEYS.length];
      return { type: 'sleep', payload: { duration: '15ms' }, concurrencyKey, ordered: concurrencyKey === 'a' };
    });
    return cluster.client.submitBatch(jobs);
  }

  const count = async (condition: string): Promise<number> =>
    (await cluster.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`))[0]?.n ?? -1;

  /** In the order in which they were written down: each while it held the key. */
  const moves = (): Promise<Moved[]> =>
    cluster.database.rows<Moved>(
      `SELECT LOWER(HEX(job_id)) AS job, jobs.concurrency_key AS concurrencyKey, job_transitions.to_state
       FROM job_transitions JOIN jobs ON jobs.id = job_id WHERE event <> 'submit' ORDER BY job_transitions.id`,
    );

  async function startOrder(key: string): Promise<string[]> {
    const started = (await moves()).filter((move) => move.concurrencyKey === key && move.to_state === 'running');
    return [...new Set(started.map(({ job }) => job.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')))];
  }
});

function mostAtOnce(moves: readonly Moved[]): number {
  const running = new Map<string, number>();
  let most = 0;
  for (const { concurrencyKey, to_state } of moves) {
    const now = (running.get(concurrencyKey) ?? 0) + (to_state === 'running' ? 1 : -1);
    running.set(concurrencyKey, now);
    most = Math.max(most, now);
  }
  return most;
}

describe('a queue with a limit', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  it('lets its jobs start while others wait before them that no worker knows', async () => {
    cluster = await Cluster.start({ ownRedis: true, workers: 1 });
    const limits = { concurrency: 2 };
    expect((await cluster.client.call('PATCH', '/v1/queues/narrow', { limits })).status).toBe(200);
    const mode = async (): Promise<string> =>
      (await cluster.client.call<{ mode: string }>('GET', '/v1/system')).body.mode;
    await until('the index is built anew', async () => (await mode()) === 'normal', 20_000);
    const first = await cluster.client.submit({ type: 'echo', queue: 'narrow' });
    await cluster.client.untilFinished(first.id); // from then on the index counts slots
    await cluster.client.submitBatch(
      Array.from({ length: 60 }, () => ({ type: 'of-a-version-to-come', queue: 'narrow' })),
    );
    const ids = await cluster.client.submitBatch(Array.from({ length: 10 }, () => ({ type: 'echo', queue: 'narrow' })));
    // Were a slot lost with each that is refused, one would be looked at every two seconds.
    await Promise.all(ids.map((id) => cluster.client.untilFinished(id, 30_000)));
  });
});
