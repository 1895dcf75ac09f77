import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Row } from '@holdfast/persistence';
import { RedisLink, SubmissionMarks } from '@holdfast/queue';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

const BODY = { type: 'echo', payload: { b: 1, a: [2, { d: 3, c: 4 }] }, delay: '1h', tags: ['x'] };

describe('an idempotency key', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  const send = (key: string, body: unknown = BODY, { path = '/v1/jobs', by = client } = {}): Promise<Answer> =>
    by.post(path, body, { headers: { 'idempotency-key': key } });
  const countJobs = async (): Promise<number> => {
    const [row] = await api.app.get(Database).rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs');
    return row?.n ?? 0;
  };
  const wipe = async (): Promise<void> => {
    const link = api.app.get(RedisLink);
    const keys = await link.run('', (redis) => redis.keys(`${api.redisPrefix}:*`));
    if (keys.length > 0) await link.run('', (redis) => redis.del(...keys));
  };

  it('makes one job of a request that is sent again, and answers it as the first time', async () => {
    const key = randomUUID();
    const before = await countJobs();
    const first = await send(key);
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    for (const prepare of [async () => {}, wipe]) {
      await prepare();
      const again = await send(key);
      expect(again).toMatchObject({ status: 201, body: first.body });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      for (const name of ['location', 'etag']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
    expect((await countJobs()) - before).toBe(1);
  });

  it('answers as the first time although the job has long moved on', async () => {
    const key = randomUUID();
    const first = await send(key, { type: 'echo' });
    await client.post(`/v1/jobs/${String(first.body['id'])}/cancel`);
    expect((await send(key, { type: 'echo' })).body).toEqual(first.body);
  });

  it('stands for a batch, too', async () => {
    const key = randomUUID();
    const batch = { jobs: [BODY, { ...BODY, id: randomUUID() }, BODY] };
    const first = await send(key, batch, { path: '/v1/jobs/batch' });
    const again = await send(key, batch, { path: '/v1/jobs/batch' });
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('means the same request however its JSON is written, and no other', async () => {
    const key = randomUUID();
    const first = await send(key);
    const reordered = { tags: ['x'], delay: '1h', payload: { a: [2, { c: 4, d: 3 }], b: 1 }, type: 'echo' };
    expect((await send(key, reordered)).body).toEqual(first.body);
    for (const other of [
      { ...BODY, priority: 1 },
      { ...BODY, payload: { b: 1, a: [{ d: 3, c: 4 }, 2] } },
    ]) {
      expect(await send(key, other)).toMatchObject({ status: 422, body: { code: 'key-reused' } });
    }
    const batch = await send(key, { jobs: [BODY] }, { path: '/v1/jobs/batch' });
    expect(batch).toMatchObject({ status: 422, body: { code: 'key-reused' } });
  });

  it('belongs to its tenant, and cares about case', async () => {
    const key = `k${randomUUID()}`;
    const other = await Client.of(api.url, { tenant: 'other' });
    const answers = [await send(key), await send(key.toUpperCase()), await send(key, BODY, { by: other })];
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(3);
    expect(answers.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, null, null]);
  });

  it.each([
    ['is empty', ''],
    ['has 129 characters', 'x'.repeat(129)],
    ['has 10 KB', 'x'.repeat(10_240)],
    ['has a space inside', 'a b'],
    ['was sent twice', 'a, b'],
    ['is not ASCII', 'schlüssel'],
    ['has a tab inside', 'a\tb'],
  ])('that %s is refused, and nothing is stored', async (_, key) => {
    const before = await countJobs();
    expect(await send(key)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await countJobs()).toBe(before);
  });

  it('of 128 characters is good', async () => {
    expect((await send(`${randomUUID()}${'~'.repeat(92)}`)).status).toBe(201);
  });

  it('is not used up by a request that was refused', async () => {
    const key = randomUUID();
    const { body } = await client.post('/v1/jobs', BODY);
    expect((await send(key, { type: 'echo', id: body['id'] })).status).toBe(409);
    expect((await send(key, { type: 'echo', deadline: '2001-01-01T00:00:00Z' })).status).toBe(400);
    expect((await send(key, { nonsense: true })).status).toBe(400);
    expect((await send(key)).status).toBe(201);
  });

  it.each([
    ['Redis there', async () => {}],
    ['Redis wiped in between', wipe],
  ])('that fifty use at once makes one job and fifty equal answers, with %s', async (_, meddle) => {
    const key = randomUUID();
    const before = await countJobs();
    const sent = Array.from({ length: 50 }, () => client.insist('/v1/jobs', BODY, key));
    await meddle();
    const answers = await Promise.all(sent);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
    expect((await countJobs()) - before).toBe(1);
  });

  it('that fifty use at once makes one job with Redis away, also by a caller who names the id', async () => {
    const blind = await startApi({ redisUrl: 'redis://127.0.0.1:1' });
    try {
      const there = await Client.of(blind.url);
      const body = { ...BODY, id: randomUUID() };
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 50 }, () => there.insist('/v1/jobs', body, key)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
      expect((await there.get('/v1/jobs')).body['items']).toHaveLength(1);
    } finally {
      await blind.close();
    }
  });

  it('whose first request is not answered within a second gives 409 and says when to come back', async () => {
    const marks = api.app.get(SubmissionMarks);
    let key: string;
    let answer: Answer;
    do {
      key = randomUUID();
      await marks.begin('default', key);
      answer = await send(key);
    } while (answer.status === 201); // Redis took longer than it is waited for, and nobody knew of the first
    expect(answer).toMatchObject({ status: 409, body: { code: 'key-under-way' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    await marks.abandon('default', key);
    expect((await send(key)).status).toBe(201);
  });

  it('is believed to stand for something only if MySQL says so', async () => {
    const key = randomUUID();
    await api.app.get(SubmissionMarks).commit('default', key);
    const answer = await send(key);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotency-replayed')).toBeNull();
  });
});
