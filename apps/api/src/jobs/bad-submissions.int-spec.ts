import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Row } from '@holdfast/persistence';
import { RedisLink } from '@holdfast/queue';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

const nested = (depth: number, open: string, close: string): string =>
  `{"type":"echo","payload":{"a":${open.repeat(depth - 1)}1${close.repeat(depth - 1)}}}`;
const keys = (n: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i]));
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

const SOME_ID = '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d';

/** What is submitted beside a good type, and where the answer points. */
const BAD_FIELDS: [string, Record<string, unknown>, string][] = [
  ['an unknown field', { foo: 1 }, '/foo'],
  ['a field that is not the caller’s', { state: 'succeeded' }, '/state'],
  ['a tenant', { tenant: 'other' }, '/tenant'],
  ['an attempt', { attempt: 3 }, '/attempt'],
  ['a fence', { fence: 3 }, '/fence'],
  ['a worker', { workerId: '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d' }, '/workerId'],
  ['a time of creation', { createdAt: inDays(0) }, '/createdAt'],
  ['dependencies that are an object', { dependsOn: {} }, '/dependsOn'],
  ['a dependency that is no id', { dependsOn: ['a'] }, '/dependsOn/0'],
  ['a dependency that is a number', { dependsOn: [7] }, '/dependsOn/0'],
  ['a dependency with an unknown condition', { dependsOn: [{ job: SOME_ID, on: 'failed' }] }, '/dependsOn/0'],
  ['a dependency with an unknown field', { dependsOn: [{ job: SOME_ID, of: 'failed' }] }, '/dependsOn/0/of'],
  ['the same dependency twice', { dependsOn: [SOME_ID, { job: SOME_ID, on: 'finished' }] }, '/dependsOn'],
  ['1,001 dependencies', { dependsOn: Array.from({ length: 1001 }, () => SOME_ID) }, '/dependsOn'],
  ['itself to wait for', { id: SOME_ID, dependsOn: [SOME_ID] }, '/dependsOn'],
  ['a constructor', { constructor: { x: 1 } }, '/constructor'],
  ['a field with a slash', { 'a/b~c': 1 }, '/a~1b~0c'],
  ['no type', { type: undefined }, '/type'],
  ['an empty type', { type: '' }, '/type'],
  ['a type in capitals', { type: 'Echo' }, '/type'],
  ['a type of 129 characters', { type: 'a'.repeat(129) }, '/type'],
  ['a type that is a number', { type: 7 }, '/type'],
  ['a queue with braces', { queue: '{a}' }, '/queue'],
  ['a queue with a colon', { queue: 'a:b' }, '/queue'],
  ['a queue that is a star', { queue: '*' }, '/queue'],
  ['a queue that is a path', { queue: '../x' }, '/queue'],
  ['a queue with a line break', { queue: 'a\n' }, '/queue'],
  ['a queue of 65 characters', { queue: 'a'.repeat(65) }, '/queue'],
  ['a queue in Cyrillic', { queue: 'а' }, '/queue'],
  ['a queue that is null', { queue: null }, '/queue'],
  ['a payload that is a string', { payload: 'x' }, '/payload'],
  ['a payload that is an array', { payload: [] }, '/payload'],
  ['a payload that is null', { payload: null }, '/payload'],
  ['a payload of 300 KB', { payload: { text: 'x'.repeat(300_000) } }, '/payload'],
  ['a payload of 256 KiB and a byte', { payload: { text: 'x'.repeat(256 * 1024 - 10) } }, '/payload'],
  ['a payload of many bytes and few characters', { payload: { text: '€'.repeat(100_000) } }, '/payload'],
  ['a payload of 2,001 keys', { payload: keys(2001) }, '/payload'],
  ['a payload of 2,001 keys in all', { payload: { a: keys(1000), b: keys(1000) } }, '/payload'],
  ['priority 1001', { priority: 1001 }, '/priority'],
  ['priority -1', { priority: -1 }, '/priority'],
  ['priority 1.5', { priority: 1.5 }, '/priority'],
  ['priority "5"', { priority: '5' }, '/priority'],
  ['priority 1e9', { priority: 1e9 }, '/priority'],
  ['a delay of -1', { delay: -1 }, '/delay'],
  ['a delay of 1e15', { delay: 1e15 }, '/delay'],
  ['a delay of a year and a millisecond', { delay: 365 * 86_400_000 + 1 }, '/delay'],
  ['a delay of "soon"', { delay: 'soon' }, '/delay'],
  ['a delay of "1h30m"', { delay: '1h30m' }, '/delay'],
  ['a delay that is null', { delay: null }, '/delay'],
  ['a delay and a time', { delay: '1s', runAt: inDays(1) }, '/delay'],
  ['a time without a zone', { runAt: '2030-01-01T00:00:00' }, '/runAt'],
  ['a time that is a number', { runAt: 1_900_000_000_000 }, '/runAt'],
  ['a day that does not exist', { runAt: '2030-02-30T00:00:00Z' }, '/runAt'],
  ['a time two years ahead', { runAt: inDays(730) }, '/runAt'],
  ['a deadline that has passed', { deadline: '2020-01-01T00:00:00Z' }, '/deadline'],
  ['a deadline before the job is due', { delay: '2d', deadline: inDays(1) }, '/deadline'],
  ['a deadline in the year 10000', { deadline: '9999-12-31T23:59:59-12:00' }, '/deadline'],
  ['a deadline of "never"', { deadline: 'never' }, '/deadline'],
  ['a timeout of 0', { timeout: 0 }, '/timeout'],
  ['a timeout of 25 hours', { timeout: '25h' }, '/timeout'],
  ['a timeout of 0.5', { timeout: 0.5 }, '/timeout'],
  ['0 attempts', { maxAttempts: 0 }, '/maxAttempts'],
  ['101 attempts', { maxAttempts: 101 }, '/maxAttempts'],
  ['1e9 attempts', { maxAttempts: 1e9 }, '/maxAttempts'],
  ['an unknown backoff', { backoff: { strategy: 'quadratic' } }, '/backoff/strategy'],
  ['a backoff with an exponent', { backoff: { exponent: 1e9 } }, '/backoff/exponent'],
  ['a backoff that is a string', { backoff: 'exponential' }, '/backoff'],
  ['a jitter of 2', { backoff: { jitter: 2 } }, '/backoff/jitter'],
  ['a cap below the delay', { backoff: { delay: '1m', maxDelay: '1s' } }, '/backoff/maxDelay'],
  ['17 tags', { tags: Array.from({ length: 17 }, (_, n) => `t${n}`) }, '/tags'],
  ['a tag twice', { tags: ['a', 'a'] }, '/tags'],
  ['an empty tag', { tags: ['a', ''] }, '/tags/1'],
  ['a tag with a space at its end', { tags: ['a', 'a '] }, '/tags/1'],
  ['a tag with a line break', { tags: ['a\nb'] }, '/tags/0'],
  ['a tag of 65 characters', { tags: ['a'.repeat(65)] }, '/tags/0'],
  ['tags that are a string', { tags: 'a' }, '/tags'],
  ['an id that is no UUID', { id: '7' }, '/id'],
  ['an id of zeros', { id: '00000000-0000-0000-0000-000000000000' }, '/id'],
  ['an id of nothing but f', { id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }, '/id'],
  ['an id in braces', { id: '{0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d}' }, '/id'],
];

/** Bodies as they are sent, and the answer. */
const BAD_BODIES: [string, string, number, string][] = [
  ['nothing', '', 400, 'invalid-request'],
  ['an array', '[]', 400, 'invalid-request'],
  ['a string', '"echo"', 400, 'invalid-request'],
  ['null', 'null', 400, 'invalid-request'],
  ['half a document', '{"type":"echo"', 400, 'malformed-body'],
  ['a prototype', '{"type":"echo","payload":{"__proto__":{"admin":true}}}', 400, 'malformed-body'],
  ['an escaped prototype', '{"type":"echo","payload":{"\\u005f_proto__":1}}', 400, 'malformed-body'],
  ["a constructor's prototype", '{"type":"echo","payload":{"constructor":{"prototype":{}}}}', 400, 'malformed-body'],
  ['a number beyond all numbers', '{"type":"echo","payload":{"n":1e999}}', 400, 'invalid-request'],
  ['objects 21 deep', nested(21, '{"a":', '}'), 400, 'invalid-request'],
  ['objects 50 deep', nested(50, '{"a":', '}'), 400, 'invalid-request'],
  ['arrays 50 deep', nested(50, '[', ']'), 400, 'invalid-request'],
  ['arrays 100,000 deep', nested(100_000, '[', ']'), 400, 'invalid-request'],
  ['a body of a mebibyte and a byte', `{"type":"echo"${' '.repeat(1024 * 1024 - 14)}}`, 413, 'body-too-large'],
];

describe('a bad submission', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(async () => {
    try {
      for (const table of ['jobs', 'job_tags', 'queues', 'tallies']) expect(await countRows(table)).toBe(0);
      expect(await countKeys()).toBe(0);
      expect((await client.get('/health/ready')).status).toBe(200);
    } finally {
      await api.close();
    }
  });

  const countRows = async (table: string): Promise<number> => {
    const [row] = await api.app.get(Database).rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
    return row?.n ?? -1;
  };
  const countKeys = (): Promise<number> => {
    const tag = `${api.redisPrefix}:{default}`;
    const keys = [`${tag}:ready`, `${tag}:delayed`, `${tag}:generation`];
    return api.app.get(RedisLink).run('default', (redis) => redis.exists(...keys));
  };

  it.each(BAD_FIELDS)('with %s is refused, and the answer says where', async (_, fields, pointer) => {
    const single = await client.post('/v1/jobs', { type: 'echo', ...fields });
    expectProblem(single, 400, 'invalid-request', pointer);
    const batch = await client.post('/v1/jobs/batch', { jobs: [{ type: 'echo' }, { type: 'echo', ...fields }] });
    expectProblem(batch, 400, 'invalid-request', `/jobs/1${pointer}`);
  });

  it.each(BAD_BODIES)('of %s is refused', async (_, raw, status, code) => {
    expectProblem(await client.post('/v1/jobs', undefined, { raw, headers: JSON_TYPE }), status, code);
  });

  it.each([
    ['{"type":"echo","payload":{"__proto__":1}}', 'The body may not hold the keys __proto__ or constructor.prototype.'],
    ['{"type":echo}', 'The body is not JSON: Unexpected token'],
  ])('%s is told what it may not hold, or where it ends to be JSON', async (raw, detail) => {
    const { body } = await client.post('/v1/jobs', undefined, { raw, headers: JSON_TYPE });
    expect((body as { detail: string }).detail).toContain(detail);
  });

  it.each([['text/plain'], ['application/x-www-form-urlencoded'], ['multipart/form-data; boundary=x'], ['text/json']])(
    'of the type %s is refused',
    async (type) => {
      const call = { raw: '{"type":"echo"}', headers: { 'content-type': type } };
      expectProblem(await client.post('/v1/jobs', undefined, call), 415, 'unsupported-media-type');
    },
  );

  it('that is compressed is refused', async () => {
    const raw = new Uint8Array(gzipSync('{"type":"echo"}'));
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expectProblem(await client.post('/v1/jobs', undefined, { raw, headers }), 415, 'unsupported-media-type');
  });

  it('that is not UTF-8 is refused', async () => {
    const raw = new Uint8Array(Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xff]), Buffer.from('"}')]));
    expectProblem(await client.post('/v1/jobs', undefined, { raw, headers: JSON_TYPE }), 400, 'malformed-body');
  });

  it.each([
    ['no jobs', { jobs: [] }],
    ['1,001 jobs', { jobs: Array.from({ length: 1001 }, () => ({ type: 'echo' })) }],
    ['jobs that are an object', { jobs: {} }],
    ['no list at all', {}],
  ])('of a batch with %s is refused', async (_, body) => {
    expectProblem(await client.post('/v1/jobs/batch', body), 400, 'invalid-request', '/jobs');
  });

  it('of a batch of more than 8 MiB is refused', async () => {
    const raw = `{"jobs":[{"type":"echo"}]${' '.repeat(8 * 1024 * 1024)}}`;
    expectProblem(await client.post('/v1/jobs/batch', undefined, { raw, headers: JSON_TYPE }), 413, 'body-too-large');
  });

  it('with a hundred thousand unknown fields gets a short answer', async () => {
    const fields = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`field${n}`, 1]));
    const { body } = await client.post('/v1/jobs', { type: 'echo', ...fields });
    expect(body['errors']).toHaveLength(20);
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

function expectProblem(
  answer: Awaited<ReturnType<Client['post']>>,
  status: number,
  code: string,
  pointer?: string,
): void {
  const { headers, body } = answer;
  expect({ status: answer.status, code: body['code'] }).toEqual({ status, code });
  expect(headers.get('content-type')).toContain('application/problem+json');
  expect(body).toMatchObject({ type: `urn:holdfast:problem:${code}`, status });
  expect(body['title']).not.toBe('');
  if (pointer === undefined) return;
  expect((body['errors'] as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
}
