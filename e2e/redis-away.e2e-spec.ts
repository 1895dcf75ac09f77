import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Cluster } from './harness/cluster.ts';
import { scrape, sumOf } from './harness/scrape.ts';
import { until } from './harness/until.ts';

describe('Redis', () => {
  let cluster: Cluster;

  beforeEach(async () => {
    cluster = await Cluster.start({ ownRedis: true });
    const { id } = await cluster.client.submit({ type: 'echo' });
    await cluster.client.untilFinished(id);
  });

  afterEach(() => cluster.stop());

  it('may be wiped: delayed jobs run on time, overdue ones at once', async () => {
    const ids = await cluster.client.submitBatch([
      { type: 'echo', delay: '2s' },
      { type: 'echo', delay: '3s' },
    ]);
    const redis = new Redis(cluster.redis?.url ?? '');
    await redis.flushall();
    redis.disconnect();
    for (const id of ids)
      expect(await cluster.client.untilFinished(id)).toMatchObject({ state: 'succeeded', fence: 1 });
  });

  it('may be away at submission: the job runs all the same', async () => {
    await cluster.redis?.kill('SIGKILL');
    const { id } = await cluster.client.submit({ type: 'echo' });
    expect(await cluster.client.untilFinished(id, 10_000)).toMatchObject({ state: 'succeeded', fence: 1 });
  });

  it('may come back empty: its index is built again and used', async () => {
    await cluster.redis?.kill('SIGKILL');
    const waiting = await cluster.client.submit({ type: 'echo', delay: '4s' });
    await cluster.redis?.restart();
    const rebuilt = (): boolean =>
      cluster
        .running('scheduler')[0]
        ?.log()
        .some(({ msg }) => msg === 'index rebuilt') ?? false;
    await until('the index is rebuilt', rebuilt, 15_000);
    expect(await cluster.client.untilFinished(waiting.id)).toMatchObject({ state: 'succeeded', fence: 1 });
    const after = await cluster.client.submit({ type: 'echo' });
    expect(await cluster.client.untilFinished(after.id)).toMatchObject({ state: 'succeeded', fence: 1 });
  });

  it('may hang: jobs are accepted and run while it does', async () => {
    await cluster.redis?.kill('SIGSTOP');
    const ids = await cluster.client.submitBatch(Array.from({ length: 5 }, () => ({ type: 'echo' })));
    for (const id of ids) expect(await cluster.client.untilFinished(id, 20_000)).toMatchObject({ state: 'succeeded' });
    const outages = async (): Promise<number | undefined> =>
      sumOf(await scrape(cluster.running('scheduler')[0]?.url ?? ''), 'holdfast_redis_outages_total');
    await until('the scheduler counts it', async () => ((await outages()) ?? 0) > 0, 20_000);
    await cluster.redis?.kill('SIGCONT');
  });
});
