import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

interface Statistics {
  readonly jobs: Record<string, number>;
  readonly attempts: Record<string, number>;
}

describe('many jobs', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ settings: { LOG_LEVEL: 'info' } });
  });

  afterAll(() => cluster.stop());

  const statistics = async (): Promise<Statistics> => (await cluster.client.call<Statistics>('GET', '/v1/stats')).body;

  it('all succeed, ten thousand in ten calls, and the statistics equal the rows', async () => {
    for (let call = 0; call < 10; call++) {
      const jobs = Array.from({ length: 1_000 }, (_, n) => ({ type: 'echo', payload: { call, n } }));
      expect(new Set(await cluster.client.submitBatch(jobs)).size).toBe(1_000);
    }
    await until('all succeeded', async () => (await statistics()).jobs['succeeded'] === 10_000, 60_000);
    const rows = await cluster.database.rows<Row & { state: string; n: number; attempts: string }>(
      'SELECT state, COUNT(*) AS n, SUM(fence) AS attempts FROM jobs GROUP BY state',
    );
    expect(rows).toEqual([{ state: 'succeeded', n: 10_000, attempts: '10000' }]);
    expect((await statistics()).attempts).toEqual({ failed: 0, retried: 0, crashed: 0 });
  });

  it('none starts before its time, a thousand due at random within two seconds', async () => {
    const due = (): string => new Date(Date.now() + 500 + Math.random() * 2_000).toISOString();
    const ids = await cluster.client.submitBatch(
      Array.from({ length: 1_000 }, () => ({ type: 'echo', queue: 'delayed', runAt: due() })),
    );
    for (const id of ids) await cluster.client.untilFinished(id);
    const [row] = await cluster.database.rows<Row & { n: number; early: number }>(
      "SELECT COUNT(*) AS n, COUNT(IF(started_at < run_at, 1, NULL)) AS early FROM jobs WHERE queue = 'delayed' AND state = 'succeeded'",
    );
    expect(row).toMatchObject({ n: 1_000, early: 0 });
  });
});
