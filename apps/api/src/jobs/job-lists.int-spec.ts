import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreClock } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

interface Listed {
  readonly id: string;
  readonly state: string;
}

describe('lists of jobs', () => {
  let api: RunningApi;
  let client: Client;
  const ids: string[] = [];

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    for (let n = 0; n < 7; n++) {
      const fields = {
        type: n % 2 === 0 ? 'echo' : 'sleep',
        queue: n < 4 ? 'one' : 'two',
        tags: n < 3 ? ['early'] : [],
      };
      const { body } = await client.post('/v1/jobs', { ...fields, ...(n === 6 && { delay: '1h' }) });
      ids.push(String(body['id']));
    }
  });

  afterAll(() => api.close());

  const list = async (query: string): Promise<{ items: Listed[]; nextCursor: string | null }> => {
    const { status, body } = await client.get(`/v1/jobs?${query}`);
    expect(status).toBe(200);
    return body as unknown as { items: Listed[]; nextCursor: string | null };
  };
  const idsOf = async (query: string): Promise<string[]> => (await list(query)).items.map(({ id }) => id);
  const numbered = (...numbers: number[]): (string | undefined)[] => numbers.map((n) => ids[n]);

  it('show the newest first, without payloads and results', async () => {
    const { items, nextCursor } = await list('');
    expect(items.map(({ id }) => id)).toEqual(numbered(6, 5, 4, 3, 2, 1, 0));
    expect(nextCursor).toBeNull();
    expect(items[0]).not.toHaveProperty('payload');
    expect(items[0]).not.toHaveProperty('result');
    expect(items[0]).toHaveProperty('error', null);
  });

  it('go on where the page before ended, though new jobs arrived in between', async () => {
    const first = await list('limit=3&queue=one');
    expect(first.items.map(({ id }) => id)).toEqual(numbered(3, 2, 1));
    await client.post('/v1/jobs', { type: 'other', queue: 'one', delay: '1h' });
    const second = await list(`limit=3&queue=one&cursor=${String(first.nextCursor)}`);
    expect(second.items.map(({ id }) => id)).toEqual(numbered(0));
    expect(second.nextCursor).toBeNull();
  });

  it('can be narrowed by queue, type, tag and state, and by all together', async () => {
    expect(await idsOf('queue=two')).toEqual(numbered(6, 5, 4));
    expect(await idsOf('type=sleep')).toEqual(numbered(5, 3, 1));
    expect(await idsOf('tag=early')).toEqual(numbered(2, 1, 0));
    expect(await idsOf('state=scheduled&queue=two')).toEqual(numbered(6));
    expect(await idsOf('state=ready&queue=two')).toEqual(numbered(5, 4));
    expect(await idsOf('state=ready&queue=one&type=echo&tag=early&limit=1')).toEqual(numbered(2));
    expect(await idsOf('state=dead')).toEqual([]);
  });

  it('show dead jobs as dead letters, with their error', async () => {
    const worker = await WorkerDouble.join(api.app, 'two');
    const job = await worker.claim(ids[4] ?? '');
    const failedAt = api.app.get(StoreClock).now();
    const error = { name: 'Error', message: 'for good' };
    await worker.settle(job, { kind: 'dead', failure: { kind: 'failed', error, final: true, failedAt } });
    const { body } = await client.get('/v1/dead-letters?queue=two&type=echo&limit=10');
    expect(body).toMatchObject({ items: [{ id: ids[4], state: 'dead', error }], nextCursor: null });
    expect((await client.get('/v1/dead-letters?queue=one')).body['items']).toEqual([]);
  });

  it.each([
    ['limit=0', '/limit'],
    ['limit=201', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=abc', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['cursor=abc', '/cursor'],
    ['cursor=YScgT1IgMT0x', '/cursor'],
    ['state=pending', '/state'],
    ['state=', '/state'],
    ['state[$ne]=dead', '/state[$ne]'],
    ['state=dead&state=ready', '/state'],
    ["queue=a'%20OR%201=1", '/queue'],
    ['tag=', '/tag'],
    ['sort=created_at;DROP%20TABLE%20jobs', '/sort'],
    ['offset=1000000000000', '/offset'],
    ['tenant=other', '/tenant'],
    ['__proto__=1', '/__proto__'],
  ])('refuse ?%s', async (query, pointer) => {
    const { status, body } = await client.get(`/v1/jobs?${query}`);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid-request' });
    expect(body['errors']).toMatchObject([{ pointer }]);
  });

  it.each([['nope'], ['00000000-0000-0000-0000-000000000000'], ["'%20OR%201=1"], ['%00'], ['{a}']])(
    'do not know a job called %s',
    async (id) => {
      expect((await client.get(`/v1/jobs/${id}`)).body).toMatchObject({ status: 400, code: 'invalid-request' });
    },
  );
});
