import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Database, type Row } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import { PlainBatcher } from './batchers.ts';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

describe('submitting', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  const count = async (): Promise<number> => {
    const [row] = await api.app.get(Database).rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs');
    return row?.n ?? 0;
  };
  const indexed = async (queue: string): Promise<string[]> => {
    const taken = await api.app.get(RedisReadyIndex).take(queue, 1000);
    return taken.kind === 'hints' ? [...taken.ids] : [];
  };

  it('tells the index, which knows the queue from its first job on', async () => {
    const { body } = await client.post('/v1/jobs', { type: 'echo', queue: 'told' });
    await expect(eventually(() => indexed('told'))).resolves.toEqual([body['id']]);
  });

  it('answers with the tag that a read has, so that nobody need read before changing what was made', async () => {
    const whole = {
      type: 'echo',
      delay: '1h',
      payload: { b: [1.5, { a: null }], a: 'ä' },
      priority: 7,
      deadline: new Date(Date.now() + 7_200_000).toISOString(),
      backoff: { strategy: 'linear', delay: '2s', jitter: 0.3 },
      tags: ['x', 'y'],
      uniqueKey: randomUUID(),
      concurrencyKey: 'c',
      ordered: true,
      fairnessKey: 'f',
    };
    for (const body of [whole, { type: 'echo', delay: '1h' }]) {
      const made = await client.post('/v1/jobs', body);
      const path = `/v1/jobs/${String(made.body['id'])}`;
      const etag = made.headers.get('etag') ?? 'none';
      expect((await client.get(path)).headers.get('etag')).toBe(etag);
      const changes = { body: { priority: 8 }, headers: { 'if-match': etag } };
      expect((await client.call('PATCH', path, changes)).status).toBe(200);
      expect((await client.call('PATCH', path, changes)).status).toBe(412);
    }
  });

  it('answers without a tag when the job waits for others, whose states a read shows', async () => {
    const { body } = await client.post('/v1/jobs', { type: 'echo', delay: '1h' });
    const waiting = await client.post('/v1/jobs', { type: 'echo', dependsOn: [body['id']] });
    expect(waiting).toMatchObject({ status: 201 });
    expect(waiting.headers.get('etag')).toBeNull();
  });

  it('lets hundreds of submissions that come while inserts are under way share the next one', async () => {
    const before = await count();
    const database = api.app.get(Database);
    const arrivals = jest.spyOn(api.app.get(PlainBatcher), 'submit');
    const answers = await database.transaction(async (session) => {
      await session.rows('LOCK TABLES jobs WRITE');
      const sent = Array.from({ length: 300 }, () => client.post('/v1/jobs', { type: 'echo', queue: 'crowd' }));
      while (arrivals.mock.calls.length < sent.length) await setImmediate();
      await session.rows('UNLOCK TABLES');
      return Promise.all(sent);
    });
    arrivals.mockRestore();
    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(300);
    expect((await count()) - before).toBe(300);
    const tallies = await database.rows("SELECT 1 FROM tallies WHERE queue = 'crowd'");
    expect(tallies.length).toBeLessThanOrEqual(3);
  });

  it('takes a batch of a thousand, and answers their ids in order', async () => {
    const ids = Array.from({ length: 1000 }, () => randomUUID());
    const { status, body } = await client.post('/v1/jobs/batch', { jobs: ids.map((id) => ({ type: 'echo', id })) });
    expect(status).toBe(201);
    expect(body).toEqual({ items: ids.map((id) => ({ id })) });
  });

  it('takes a batch whole or not at all', async () => {
    const before = await count();
    const { body } = await client.post('/v1/jobs', { type: 'echo' });
    const jobs = [{ type: 'echo' }, { type: 'echo', id: body['id'] }, { type: 'echo' }];
    expect(await client.post('/v1/jobs/batch', { jobs })).toMatchObject({ status: 409, body: { code: 'id-taken' } });
    expect((await count()) - before).toBe(1);
  });

  it('refuses an id that is taken, in this tenant, in another, and twice in one batch', async () => {
    const id = randomUUID();
    const other = await Client.of(api.url, { tenant: 'other' });
    expect((await client.post('/v1/jobs', { type: 'echo', id })).status).toBe(201);
    const before = await count();
    for (const each of [client, other]) {
      const { status, body } = await each.post('/v1/jobs', { type: 'echo', id: id.toUpperCase() });
      expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'id-taken' });
      expect(body['detail']).toContain(id);
    }
    const twice = randomUUID();
    const jobs = [
      { type: 'echo', id: twice },
      { type: 'echo', id: twice },
    ];
    expect((await client.post('/v1/jobs/batch', { jobs })).status).toBe(409);
    expect(await count()).toBe(before);
  });

  it('gives an id that fifty want at once to one of them', async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.post('/v1/jobs', { type: 'echo', id })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
  });

  it('accepts jobs while Redis is away', async () => {
    const blind = await startApi({ redisUrl: 'redis://127.0.0.1:1' });
    try {
      const there = await Client.of(blind.url);
      const { status, body } = await there.post('/v1/jobs', { type: 'echo' });
      expect(status).toBe(201);
      expect((await there.post(`/v1/jobs/${String(body['id'])}/cancel`)).status).toBe(200);
    } finally {
      await blind.close();
    }
  });
});

/** The index is told after the answer was sent: asks until it knows something. */
async function eventually(ask: () => Promise<string[]>): Promise<string[]> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const answer = await ask();
    if (answer.length > 0) return answer;
  }
  return [];
}
