import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, DATABASE_DEFAULTS, toBytes, type Row } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { SeverableProxy } from '../testing/severable-proxy.ts';

describe('while MySQL is away', () => {
  let proxy: SeverableProxy;
  let api: RunningApi;
  let client: Client;
  let stored: string;

  beforeAll(async () => {
    api = await startApi({
      databaseUrl: async (url) => {
        proxy = await SeverableProxy.before(url);
        return proxy.url;
      },
    });
    client = await Client.of(api.url);
    stored = String((await client.post('/v1/jobs', { type: 'echo' })).body['id']);
    proxy.sever();
  });

  afterAll(async () => {
    await api.close();
    await proxy.close();
  });

  it.each([
    ['POST', '/v1/jobs', { type: 'echo' }],
    ['POST', '/v1/jobs', { type: 'echo', queue: 'new' }],
    ['POST', '/v1/jobs/batch', { jobs: [{ type: 'echo' }] }],
    ['GET', '/v1/jobs', undefined],
    ['GET', '/v1/jobs/0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d', undefined],
    ['POST', '/v1/jobs/0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d/cancel', undefined],
    ['POST', '/v1/jobs/0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d/retry', undefined],
    ['GET', '/v1/dead-letters', undefined],
    ['GET', '/v1/queues', undefined],
    ['GET', '/v1/workers', undefined],
    ['GET', '/v1/stats', undefined],
  ])('%s %s says when to come back', async (method, path, body) => {
    const answer = await client.call(method, path, body && { body });
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status: 503, code: 'store-unavailable' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(answer.body)).not.toMatch(/ECONN|mysql|SELECT|INSERT/i);
  });

  it('the api is alive and ready all the same', async () => {
    for (const probe of ['live', 'ready']) expect((await client.get(`/health/${probe}`)).status).toBe(200);
  });

  it('what is wrong or forbidden is still called so', async () => {
    expect((await client.post('/v1/jobs', {})).status).toBe(400);
    expect((await client.get('/v1/jobs', { token: '' })).status).toBe(401);
  });

  it('jobs are accepted again once it is back, and nothing was stored in between', async () => {
    proxy.mend();
    const { status, body } = await client.post('/v1/jobs', { type: 'echo', queue: 'new' });
    expect(status).toBe(201);
    const listed = (await client.get('/v1/jobs')).body['items'] as { id: string }[];
    expect(listed.map(({ id }) => id)).toEqual([body['id'], stored]);
  });
});

describe('while somebody else holds a row for longer than is waited for', () => {
  let api: RunningApi;
  let database: Database;

  beforeAll(async () => {
    api = await startApi();
    database = new Database({ ...DATABASE_DEFAULTS, url: api.databaseUrl, connections: 1 });
  });

  afterAll(async () => {
    await database.close();
    await api.close();
  });

  it('a request that needs it says when to come back', async () => {
    const client = await Client.of(api.url);
    const id = String((await client.post('/v1/jobs', { type: 'echo', delay: '1h' })).body['id']);
    const { status, headers, body } = await database.transaction(async (session) => {
      await session.rows<Row>('SELECT id FROM jobs WHERE id = ? FOR UPDATE', [toBytes(id)]);
      return client.post(`/v1/jobs/${id}/cancel`);
    });
    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'store-unavailable' });
    expect(headers.get('retry-after')).toBe('1');
    expect((await client.post(`/v1/jobs/${id}/cancel`)).status).toBe(200);
  });
});
