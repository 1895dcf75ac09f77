import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Redis } from 'ioredis';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

/** HOLDFAST_E2E_SECONDS and HOLDFAST_E2E_RATE make it longer and harder. */
const SECONDS = Number(process.env['HOLDFAST_E2E_SECONDS'] ?? 8);
const RATE = Number(process.env['HOLDFAST_E2E_RATE'] ?? 300);
const BATCHES_PER_SECOND = 10;

describe('under load', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  const count = async (condition: string): Promise<number> =>
    (await cluster.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`))[0]?.n ?? -1;

  /** Submits at the rate, and does something every second. @returns ids, and how long each submission took */
  async function submitFor(seconds: number, everySecond: () => Promise<unknown>) {
    const took: number[] = [];
    const ids: string[] = [];
    const startedAt = performance.now();
    const calls: Promise<void>[] = [];
    const submit = async (): Promise<void> => {
      const askedAt = performance.now();
      const jobs = Array.from({ length: RATE / BATCHES_PER_SECOND }, () => ({ type: 'echo' }));
      ids.push(...(await cluster.client.submitBatch(jobs)));
      took.push(performance.now() - askedAt);
    };
    for (let n = 0; n < seconds * BATCHES_PER_SECOND; n++) {
      if (n % BATCHES_PER_SECOND === 0) await everySecond();
      calls.push(submit());
      await pause(Math.max(0, startedAt + ((n + 1) * 1_000) / BATCHES_PER_SECOND - performance.now()));
    }
    await Promise.all(calls);
    return { ids, took: took.sort((a, b) => a - b), finished: await count("state = 'succeeded'") };
  }

  async function expectAllOnce(ids: readonly string[]): Promise<void> {
    await until('all succeeded', async () => (await count("state = 'succeeded'")) === ids.length, 120_000);
    expect(await count('TRUE')).toBe(ids.length);
    expect(await count('fence <> 1')).toBe(0);
  }

  function tell(what: string, { ids, took, finished }: { ids: string[]; took: number[]; finished: number }): void {
    const p99 = took[Math.floor(took.length * 0.99)] ?? 0;
    process.stdout.write(
      `${what}: ${ids.length} jobs in ${SECONDS} s, ${finished} finished by then, 99 % answered in ${p99.toFixed(0)} ms\n`,
    );
  }

  it('Redis wiped every second costs no job, runs none twice, and halves no throughput', async () => {
    cluster = await Cluster.start({ ownRedis: true, settings: { LOG_LEVEL: 'info' } });
    const redis = new Redis(cluster.redis?.url ?? '');
    const load = await submitFor(SECONDS, () => redis.flushall());
    redis.disconnect();
    tell('wiped every second', load);
    expect(load.finished).toBeGreaterThan(load.ids.length / 2);
    await expectAllOnce(load.ids);
  });

  it('Redis stopped keeps no submission and no job waiting', async () => {
    cluster = await Cluster.start({ ownRedis: true, settings: { LOG_LEVEL: 'info' } });
    await cluster.redis?.kill('SIGSTOP');
    const load = await submitFor(SECONDS, () => Promise.resolve());
    tell('stopped', load);
    expect(load.finished).toBeGreaterThan(load.ids.length / 2);
    await expectAllOnce(load.ids);
    await cluster.redis?.kill('SIGCONT');
  });

  it('no Redis at all is needed', async () => {
    cluster = await Cluster.start({ settings: { REDIS_URL: '' } });
    const delayed = await cluster.client.submit({ type: 'echo', delay: '1s' });
    const load = await submitFor(2, () => Promise.resolve());
    await expectAllOnce([delayed.id, ...load.ids]);
    expect((await cluster.client.call<object>('GET', '/v1/system')).body).toMatchObject({
      mode: 'normal',
      redis: 'none',
    });
  });
});
