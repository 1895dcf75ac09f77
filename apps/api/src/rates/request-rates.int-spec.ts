import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

const WRONG = { token: 'a.b.c' };

describe('who asks too often', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi({ configuration: { rates: { perToken: 100, wrongTokens: 100 } } });
    client = await Client.of(api.url, { sub: 'steady' });
  });

  afterAll(() => api.close());

  const statuses = async (n: number, ask: () => ReturnType<Client['get']>): Promise<number[]> =>
    (await Promise.all(Array.from({ length: n }, ask))).map(({ status }) => status);

  it('with a token is told how it stands, then to come back later; others are not disturbed', async () => {
    const greedy = await Client.of(api.url, { sub: 'greedy' });
    const { headers } = await greedy.get('/v1/workers');
    expect([headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual(['100', '99']);
    expect(Number(headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60);
    const answers = await statuses(300, () => greedy.get('/v1/workers'));
    expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(100); // two windows at most
    expect(answers.filter((status) => ![200, 429].includes(status))).toEqual([]);
    expect((await client.get('/v1/workers')).status).toBe(200);
  });

  it('with wrong tokens is told so, whatever the tokens are; a good one is still good', async () => {
    const answers = await statuses(300, () => client.get('/v1/jobs', WRONG));
    expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(100);
    expect(answers.filter((status) => ![401, 429].includes(status))).toEqual([]);
    const { status, headers, body } = await client.get('/v1/jobs', WRONG);
    if (status === 429) {
      expect(body).toMatchObject({ code: 'too-many-requests', status: 429 });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await client.get('/v1/workers')).status).toBe(200);
  });

  it('at two processes is counted by both', async () => {
    const configuration = { rates: { perToken: 1000, wrongTokens: 100 }, redisPrefix: api.redisPrefix };
    const pair = [await startApi({ configuration }), await startApi({ configuration })];
    try {
      const clients = await Promise.all(pair.map(({ url }) => Client.of(url, { sub: 'everywhere' })));
      const remaining = async (): Promise<number[]> =>
        Promise.all(
          clients.map(async (each) => Number((await each.get('/v1/workers')).headers.get('ratelimit-remaining'))),
        );
      for (const each of clients) await statuses(100, () => each.get('/v1/workers'));
      let [asked, least] = [100, Infinity]; // of each
      for (; asked < 400 && least >= 1_000 - asked; asked++) least = Math.min(...(await remaining()));
      expect(least).toBeLessThan(1_000 - asked);
    } finally {
      for (const each of pair) await each.close();
    }
  });
});
