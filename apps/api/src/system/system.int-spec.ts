import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IndexRecordStore } from '@holdfast/persistence';
import { IndexUpkeep } from '@holdfast/queue';
import { testServerUrl } from '../../../../tools/testing/scratch-database.ts';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { SeverableProxy } from '../testing/severable-proxy.ts';

describe('GET /v1/system', () => {
  let mysql: SeverableProxy;
  let redis: SeverableProxy;
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    redis = await SeverableProxy.before(testServerUrl('TEST_REDIS_URL'));
    api = await startApi({
      redisUrl: redis.url,
      databaseUrl: async (url) => {
        mysql = await SeverableProxy.before(url);
        return mysql.url;
      },
    });
    client = await Client.of(api.url);
    await client.post('/v1/jobs', { type: 'echo', delay: '1h' });
  });

  afterAll(async () => {
    await api.close();
    await Promise.all([mysql.close(), redis.close()]);
  });

  const read = async (by = client): Promise<unknown> => (await by.get('/v1/system')).body;

  it('says that all is well, where the index stands and how the clocks differ', async () => {
    expect(await read()).toEqual({
      mode: 'normal',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      redis: 'single',
      clockSkewMs: expect.any(Number),
      queues: [{ name: 'default', index: 'ready', generation: 0, drift: { jobs: 0, lastAt: null }, lastRebuild: null }],
    });
  });

  it('names no queue of another tenant', async () => {
    expect(await read(await Client.of(api.url, { tenant: 'other' }))).toMatchObject({ mode: 'normal', queues: [] });
  });

  it('says what is wrong with an index, that it is being rebuilt, and what it had lost', async () => {
    const [upkeep, records] = [api.app.get(IndexUpkeep), api.app.get(IndexRecordStore)];
    await upkeep.discard('default');
    expect(await read()).toMatchObject({ mode: 'index-down', queues: [{ index: 'missing' }] });
    expect(await records.winRebuild('default', 60_000)).toBe(1);
    expect(await read()).toMatchObject({ mode: 'index-down', queues: [{ index: 'rebuilding', generation: 1 }] });
    await upkeep.beginBuild('default', 1);
    await records.endRebuild('default', 1, { cause: 'missing', durationMs: 12, jobs: 3 });
    await upkeep.publish('default', 1);
    await records.addDrift('default', 4);
    expect(await read()).toMatchObject({
      mode: 'normal',
      queues: [
        {
          index: 'ready',
          drift: { jobs: 4, lastAt: expect.any(String) },
          lastRebuild: { at: expect.any(String), cause: 'missing', durationMs: 12, jobs: 3 },
        },
      ],
    });
  });

  it('says that Redis is away, and answers all the same', async () => {
    redis.sever();
    expect(await read()).toMatchObject({ mode: 'index-down', queues: [{ index: 'away' }] });
    redis.mend();
  });

  it('says that MySQL is away, and answers all the same', async () => {
    mysql.sever();
    const { status, body } = await client.get('/v1/system');
    expect([status, body['mode']]).toEqual([200, 'store-down']);
    mysql.mend();
  });

  it('calls it normal to have no Redis where none was given', async () => {
    const alone = await startApi({ redisUrl: '' });
    const there = await Client.of(alone.url);
    await there.post('/v1/jobs', { type: 'echo' });
    expect(await read(there)).toMatchObject({ mode: 'normal', redis: 'none', queues: [{ index: 'none' }] });
    await alone.close();
  });
});
