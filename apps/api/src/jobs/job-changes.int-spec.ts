import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreClock } from '@holdfast/persistence';
import { RedisLink, RedisReadyIndex } from '@holdfast/queue';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

const HOUR_MS = 3_600_000;

describe('changing a job that waits', () => {
  let api: RunningApi;
  let client: Client;
  let worker: WorkerDouble;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    worker = await WorkerDouble.join(api.app);
  });

  afterAll(() => api.close());

  const submit = async (fields: Record<string, unknown> = {}): Promise<string> =>
    String((await client.post('/v1/jobs', { type: 'echo', ...fields })).body['id']);
  const change = (id: string, body: unknown, ifMatch?: string): Promise<Answer> =>
    client.call('PATCH', `/v1/jobs/${id}`, {
      body,
      ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
    });
  const runNow = (id: string): Promise<Answer> => client.post(`/v1/jobs/${id}/run-now`);
  const tagOf = async (id: string): Promise<string> => (await client.get(`/v1/jobs/${id}`)).headers.get('etag') ?? '';
  const now = (): number => api.app.get(StoreClock).now();
  const at = (milliseconds: number): string => new Date(now() + milliseconds).toISOString();
  const failure = () => ({
    kind: 'failed' as const,
    error: { name: 'Error', message: 'no luck' },
    final: false,
    failedAt: now(),
  });

  it('changes what is named, leaves the rest, and answers the job as a later read shows it', async () => {
    const id = await submit({ payload: { a: 1 }, delay: '1h', tags: ['t'], deadline: at(4 * HOUR_MS) });
    const before = (await client.get(`/v1/jobs/${id}`)).body;
    expect((await change(id, {})).body).toEqual(before);
    const fields = {
      payload: { b: [2] },
      priority: 9,
      runAt: at(2 * HOUR_MS),
      deadline: at(3 * HOUR_MS),
      timeout: '7s',
      maxAttempts: 9,
      backoff: { strategy: 'fixed', delay: '3s' },
    };
    const { status, headers, body } = await change(id, fields);
    expect(status).toBe(200);
    const backoff = { strategy: 'fixed', delay: 3_000, maxDelay: 3_600_000, jitter: 0.1 };
    expect(body).toEqual({ ...before, ...fields, timeout: 7_000, backoff });
    expect((await client.get(`/v1/jobs/${id}`)).body).toEqual(body);
    expect(headers.get('etag')).toBe(await tagOf(id));
    expect((await change(id, { deadline: null })).body).toMatchObject({ deadline: null, priority: 9 });
  });

  it('makes a scheduled job due at once, and says so to the index', async () => {
    const id = await submit({ delay: '1h', queue: 'sooner' });
    const { status, body } = await runNow(id);
    expect({ status, state: body['state'] }).toEqual({ status: 200, state: 'ready' });
    await expect(eventuallyHinted('sooner')).resolves.toEqual([id]);
    expect(await runNow(id)).toMatchObject({ status: 200, body });
  });

  it('tells the index the new time, so that nothing is left of the old', async () => {
    const id = await submit({ queue: 'later' });
    await expect(eventuallyHinted('later')).resolves.toEqual([id]);
    const [later, beyond] = [await submit({ queue: 'later' }), await submit({ queue: 'later', delay: '10m' })];
    await change(later, { delay: '30m' });
    await change(beyond, { delay: '3h' });
    const last = await submit({ queue: 'later' });
    await expect(eventuallyHinted('later')).resolves.toEqual([last]);
    const link = api.app.get(RedisLink);
    expect(await link.run('later', (redis) => redis.zcard(`${api.redisPrefix}:{later}:delayed`))).toBe(1);
  });

  it('is not started early by a hint of its old time', async () => {
    const id = await submit();
    await change(id, { delay: '1h' });
    await expect(worker.claim(id)).rejects.toThrow('could not claim');
    await runNow(id);
    expect((await worker.claim(id)).attempt).toBe(1);
  });

  it('refuses with 412 what was read before somebody changed it', async () => {
    const id = await submit({ delay: '1h' });
    const tag = await tagOf(id);
    expect((await change(id, { priority: 1 }, tag)).status).toBe(200);
    const stale = await change(id, { priority: 2 }, tag);
    expect(stale).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
    expect((await change(id, { priority: 3 }, `"other", ${await tagOf(id)}`)).status).toBe(200);
    const weak = await change(id, { priority: 4 }, `W/${await tagOf(id)}`);
    expect(weak).toMatchObject({ status: 412, body: { detail: expect.stringContaining('without W/') } });
    expect((await change(id, { priority: 5 }, '*')).body).toMatchObject({ priority: 5 });
    for (const header of ['nonsense', '""",', '"a" "b"']) {
      expect(await change(id, { priority: 6 }, header)).toMatchObject({
        status: 400,
        body: { code: 'invalid-request' },
      });
    }
  });

  it.each(['cancel', 'run-now', 'retry'])('does %s only to what the caller has read, if it says so', async (what) => {
    const id = await submit({ delay: '1h' });
    if (what === 'retry') await client.post(`/v1/jobs/${id}/cancel`);
    const stale = await tagOf(id);
    if (what === 'retry') {
      await client.post(`/v1/jobs/${id}/retry`);
      await client.post(`/v1/jobs/${id}/cancel`);
    } else await change(id, { priority: 3 });
    const before = (await client.get(`/v1/jobs/${id}`)).body;
    const ask = (tag: string): Promise<Answer> =>
      client.call('POST', `/v1/jobs/${id}/${what}`, { headers: { 'if-match': tag } });
    expect(await ask(stale)).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
    expect((await client.get(`/v1/jobs/${id}`)).body).toEqual(before);
    const answers = await Promise.all(Array.from({ length: 5 }, async (_, n) => ask(n < 4 ? stale : await tagOf(id))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
  });

  it('lets one of many cancel, retry or hurry a job that all have read as the same', async () => {
    const id = await submit({ delay: '1h' });
    const headers = { 'if-match': await tagOf(id) };
    const answers = await Promise.all(
      ['cancel', 'run-now', 'cancel', 'run-now'].map((what) =>
        client.call('POST', `/v1/jobs/${id}/${what}`, { headers }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  it('lets one of many win who have all read the same', async () => {
    const id = await submit({ delay: '1h' });
    const tag = await tagOf(id);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => change(id, { priority: n + 1 }, tag)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  });

  it('loses nothing of what many change at once without having read', async () => {
    const id = await submit({ delay: '1h' });
    const answers = await Promise.all([
      change(id, { priority: 7 }),
      change(id, { timeout: '9s' }),
      change(id, { maxAttempts: 7 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await client.get(`/v1/jobs/${id}`)).body).toMatchObject({ priority: 7, timeout: 9_000, maxAttempts: 7 });
  });

  it('changes either a waiting job or none when a worker claims it at the same instant', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await submit({ payload: { n: 1 } });
      const [changed, claimed] = await Promise.all([
        change(id, { payload: { n: 2 } }),
        worker.claim(id).catch(() => undefined),
      ]);
      const job = claimed ?? (await worker.claim(id));
      expect(job.payload).toBe(changed.status === 200 ? '{"n":2}' : '{"n":1}');
      if (changed.status !== 200) expect(changed).toMatchObject({ status: 409, body: { code: 'state-forbids' } });
    }
  });

  it('names the state that forbids it', async () => {
    const id = await submit();
    const job = await worker.claim(id);
    for (const answer of [await change(id, { priority: 1 }), await runNow(id)]) {
      expect(answer).toMatchObject({ status: 409, body: { code: 'state-forbids' } });
      expect(answer.body['detail']).toContain('is running');
    }
    await worker.settle(job, { kind: 'succeeded', result: undefined });
    expect(await runNow(id)).toMatchObject({ status: 409 });
  });

  it.each([
    ['a field that may not be changed', { queue: 'other' }, '/queue'],
    ['a state', { state: 'running' }, '/state'],
    ['both a time and a delay', { runAt: '2030-01-31T09:30:00Z', delay: '1s' }, '/delay'],
    ['a priority beyond its bounds', { priority: 1001 }, '/priority'],
    ['a deadline that has passed', { deadline: '2001-01-01T00:00:00Z' }, '/deadline'],
    ['a deadline before the job is due', { deadline: new Date(Date.now() + 60_000).toISOString() }, '/deadline'],
    ['a time beyond a year', { runAt: '2100-01-01T00:00:00Z' }, '/runAt'],
    ['a payload that is no object', { payload: [1] }, '/payload'],
    ['no object at all', [], ''],
  ])('refuses %s, and changes nothing', async (_, body, pointer) => {
    const id = await submit({ delay: '1h' });
    const before = await tagOf(id);
    const answer = await change(id, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(await tagOf(id)).toBe(before);
  });

  it('refuses fewer attempts than were made', async () => {
    const id = await submit();
    await worker.settle(await worker.claim(id), { kind: 'retried', failure: failure(), runAt: now() + HOUR_MS });
    expect(await change(id, { maxAttempts: 1 })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/maxAttempts' }] },
    });
    expect(await change(id, { maxAttempts: 2 })).toMatchObject({ status: 200, body: { maxAttempts: 2, attempt: 1 } });
    await runNow(id);
    expect((await worker.claim(id)).attempt).toBe(2);
  });

  it('answers 304 to whoever knows the job as it is', async () => {
    const id = await submit({ delay: '1h' });
    const known = { headers: { 'if-none-match': `"x", W/${await tagOf(id)}` } };
    const answer = await client.get(`/v1/jobs/${id}`, known);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 304, body: {} });
    await runNow(id);
    expect((await client.get(`/v1/jobs/${id}`, known)).status).toBe(200);
  });

  it('keeps the books', async () => {
    const { body: before } = await client.get('/v1/stats?queue=books');
    const id = await submit({ queue: 'books', delay: '1h' });
    await change(id, { priority: 1 });
    await runNow(id);
    const { body } = await client.get('/v1/stats?queue=books');
    expect(body['jobs']).toEqual({ ...(before['jobs'] as object), ready: 1 });
  });

  /** The index is told after the answer was sent: asks until it hints at something. */
  async function eventuallyHinted(queue: string): Promise<readonly string[]> {
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const taken = await api.app.get(RedisReadyIndex).take(queue, 10);
      if (taken.kind === 'hints' && taken.ids.length > 0) return taken.ids;
    }
    return [];
  }
});
