import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Row } from '@holdfast/persistence';
import { RedisLink } from '@holdfast/queue';
import { Client, type Answer } from '../testing/client.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';

const LONG = 'a'.repeat(5_000);

/** What is asked of a list, and where the answer points. */
const BAD_QUERIES: [string, string][] = [
  ['sort=created_at;DROP%20TABLE%20jobs', '/sort'],
  ['sort=(select%20sleep(5))', '/sort'],
  ['order=asc,(select%201)', '/order'],
  ['sort=__proto__', '/sort'],
  ['__proto__[x]=1', '/__proto__[x]'],
  ['filter[state][]=ready', '/filter[state][]'],
  ['filter[state][$ne]=', '/filter[state][$ne]'],
  ['state=ready&state=dead', '/state'],
  ['state=READY', '/state'],
  ['state=ready%20', '/state'],
  ['state=', '/state'],
  ['queue=%7Ba%7D', '/queue'],
  ['queue=a:b', '/queue'],
  ['queue=*', '/queue'],
  ['queue=a&queue=b', '/queue'],
  ['queue=%D0%B0', '/queue'],
  ['queue=a%00', '/queue'],
  ['queue=a%27%20OR%201=1', '/queue'],
  ['type=Echo', '/type'],
  [`type=${LONG}`, '/type'],
  ['tag=', '/tag'],
  ['tag=%20a', '/tag'],
  ['tag=a%0a', '/tag'],
  ['limit=0', '/limit'],
  ['limit=-1', '/limit'],
  ['limit=201', '/limit'],
  ['limit=1e9', '/limit'],
  ['limit=1.5', '/limit'],
  ['limit=abc', '/limit'],
  ['limit=%2B5', '/limit'],
  ['limit=', '/limit'],
  ['limit=5&limit=6', '/limit'],
  ['offset=1000000000000', '/offset'],
  ['tenant=other', '/tenant'],
  ['cursor=abc', '/cursor'],
  ['cursor=', '/cursor'],
  [`cursor=${LONG}`, '/cursor'],
  [`cursor=${Buffer.from("x' OR '1'='1").toString('base64url')}`, '/cursor'],
  [`cursor=${Buffer.from('0198C2F4-8A4E-7C31-9D65-0A8D3F1B2C4D').toString('base64url')}`, '/cursor'],
];

/** Ids as they stand in a path. */
const BAD_IDS = [
  '7',
  '-1',
  'null',
  '%20',
  "1'%20OR%201=1",
  '%00',
  '..%2f..%2fetc',
  '0198c2f4-8a4e-7c31-9d65',
  '{0198c2f4}',
  '%F0%9F%92%A5',
];

/** What is no HTTP, or HTTP that could be read in two ways. */
const BAD_MESSAGES: [string, string][] = [
  ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
  ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a length below zero', 'content-length: -1\r\n\r\n{}'],
  ['a length that is no number', 'content-length: 0x10\r\n\r\n{}'],
  ['an encoding that nobody knows', 'transfer-encoding: xchunked\r\n\r\n{}'],
  ['a chunk whose size is no number', 'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
  ['a header with a line break in its name', 'x\ry: 1\r\ncontent-length: 0\r\n\r\n'],
  ['headers of 40 KB', `x-a: ${'a'.repeat(40_000)}\r\n\r\n`],
];

describe('a bad request', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(async () => {
    try {
      const [row] = await api.app.get(Database).rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs');
      expect(row?.n).toBe(0);
      const keys = (redis: { keys(pattern: string): Promise<string[]> }) => redis.keys(`${api.redisPrefix}*`);
      expect(await api.app.get(RedisLink).run('default', keys)).toEqual([]);
      expect((await client.get('/health/ready')).status).toBe(200);
    } finally {
      await api.close();
    }
  });

  it.each(BAD_QUERIES)('with ?%.60s is refused at once, and the answer says where', async (query, pointer) => {
    const answer = await client.get(`/v1/jobs?${query}`);
    expectProblem(answer, 400, 'invalid-request');
    expect((answer.body['errors'] as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
  });

  it.each(['/v1/dead-letters', '/v1/queues', '/v1/workers', '/v1/stats'])(
    'to %s with a field that it does not know is refused',
    async (path) => {
      expectProblem(await client.get(`${path}?sort=(select%20sleep(5))`), 400, 'invalid-request');
    },
  );

  it.each(['tag=%zz', 'tag=%E0%A4', '%'])('with ?%s, which cannot be decoded, is refused', async (query) => {
    expectProblem(await client.get(`/v1/jobs?${query}`), 400, 'bad-request');
  });

  it.each([
    ['POST', '/v1/jobs'],
    ['POST', '/v1/jobs/0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d/run-now'],
    ['DELETE', '/v1/schedules/nightly'],
    ['GET', '/v1/system'],
  ])('with a parameter to %s %s, which takes none, is refused before it is done', async (method, path) => {
    const answer = await client.call(
      method,
      `${path}?dryRun=true`,
      method === 'POST' ? { body: { type: 'echo' } } : {},
    );
    expectProblem(answer, 400, 'invalid-request');
    expect(answer.body['errors']).toMatchObject([{ pointer: '/dryRun' }]);
    expectProblem(await client.call(method, `${path}?dryRun=true`, { token: '' }), 401, 'unauthenticated');
  });

  it('says of a bad id once what is wrong with it', async () => {
    for (const answer of [await client.get('/v1/jobs/x'), await client.post('/v1/jobs', { type: 'echo', id: 'x' })])
      expect(answer.body['errors']).toHaveLength(1);
  });

  it.each(BAD_IDS)('for the job %s is refused', async (id) => {
    const answers = [await client.get(`/v1/jobs/${id}`), await client.post(`/v1/jobs/${id}/cancel`)];
    for (const { status, headers } of answers) {
      expect([400, 404]).toContain(status);
      expect(headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('with a part of the path that is too long is refused', async () => {
    expectProblem(await client.get(`/v1/jobs/${LONG}`), 414, 'url-too-long');
  });

  it.each(BAD_MESSAGES)('with %s is refused, and its connection closed', async (_, rest) => {
    const connection = await RawConnection.to(api.url);
    const authorization = `authorization: Bearer ${await makeToken()}`;
    connection.send(
      `POST /v1/jobs HTTP/1.1\r\nhost: x\r\n${authorization}\r\ncontent-type: application/json\r\n${rest}`,
    );
    expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 4(00|31) [\s\S]*application\/problem\+json/);
  });

  it('with a chunked body beyond the limit is cut off', async () => {
    const connection = await RawConnection.to(api.url);
    const authorization = `authorization: Bearer ${await makeToken()}`;
    connection.send(
      `POST /v1/jobs HTTP/1.1\r\nhost: x\r\n${authorization}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    for (let n = 0; n < 20; n++) connection.send(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
    expect(await connection.untilClosed()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([
    ['100,000 keys', `{"jobs":[],${Array.from({ length: 100_000 }, (_, n) => `"k${n}":0`).join()}}`],
    ['a million elements', `{"jobs":[${'0,'.repeat(1_000_000)}0]}`],
    ['a million jobs', `{"jobs":[${'{},'.repeat(1_000_000)}{}]}`],
    ['arrays a million deep', `{"jobs":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
    ['objects a million deep', `{"jobs":[${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}]}`],
  ])('with %s is refused while others are answered', async (_, raw) => {
    const bad = client.post('/v1/jobs/batch', undefined, { raw, headers: { 'content-type': 'application/json' } });
    const [answer, live] = await Promise.all([bad, client.get('/health/live')]);
    expectProblem(answer, 400);
    expect(live.status).toBe(200);
    expect(JSON.stringify(answer.body).length).toBeLessThan(20_000);
  });
});

function expectProblem({ status, headers, body }: Answer, expected: number, code?: string): void {
  expect({ status, code: code && body['code'] }).toEqual({ status: expected, code });
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(JSON.stringify(body)).not.toMatch(/node_modules|\.[jt]s:\d|SELECT |ER_[A-Z]/);
}
