import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreClock } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

describe('the life of a job over REST', () => {
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
  const read = async (id: string) => (await client.get(`/v1/jobs/${id}`)).body;
  const failure = (final = false) => ({
    kind: 'failed' as const,
    error: { name: 'Error', message: 'no luck', stack: 'at home' },
    final,
    failedAt: api.app.get(StoreClock).now(),
  });

  it('answers a submission with the job that a later read shows', async () => {
    const fields = {
      type: 'echo',
      payload: { text: 'grüße', list: [1, null, true] },
      queue: 'life',
      priority: 7,
      delay: '1h',
      deadline: new Date(Date.now() + 7_200_000).toISOString(),
      timeout: '5s',
      maxAttempts: 3,
      backoff: { strategy: 'linear', delay: '2s', maxDelay: '1m', jitter: 0.5 },
      tags: ['a', 'größer als b'],
      id: '0198C2F4-8A4E-7C31-9D65-0A8D3F1B2C4D',
    };
    const { status, headers, body } = await client.post('/v1/jobs', fields);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe('/v1/jobs/0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d');
    expect(body).toMatchObject({
      id: '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d',
      state: 'scheduled',
      payload: fields.payload,
      deadline: fields.deadline,
      timeout: 5_000,
      backoff: { strategy: 'linear', delay: 2_000, maxDelay: 60_000, jitter: 0.5 },
      tags: fields.tags,
      attempt: 0,
      fence: 0,
      failures: [],
    });
    expect((await client.get(headers.get('location') ?? '')).body).toEqual(body);
  });

  it('shows a job as ready, running and succeeded, with its result', async () => {
    const id = await submit();
    expect(await read(id)).toMatchObject({ state: 'ready', workerId: null });
    const job = await worker.claim(id);
    expect(await read(id)).toMatchObject({ state: 'running', workerId: worker.id, attempt: 1, fence: 1 });
    await worker.settle(job, { kind: 'succeeded', result: '{"n":1}' });
    expect(await read(id)).toMatchObject({ state: 'succeeded', result: { n: 1 }, workerId: null, error: null });
  });

  it('keeps every failure, and runs a dead job again with all its attempts', async () => {
    const id = await submit();
    const now = api.app.get(StoreClock).now();
    await worker.settle(await worker.claim(id), { kind: 'retried', failure: failure(), runAt: now });
    await worker.settle(await worker.claim(id), { kind: 'dead', failure: failure(true) });
    expect(await read(id)).toMatchObject({
      state: 'dead',
      attempt: 2,
      error: { message: 'no luck' },
      failures: [
        { attempt: 1, fence: 1, generation: 1, kind: 'failed', error: { stack: 'at home' }, workerId: worker.id },
        { attempt: 2, fence: 2, generation: 1 },
      ],
    });
    const { status, body } = await client.post(`/v1/jobs/${id}/retry`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'ready', attempt: 0, fence: 2, error: null });
    expect(body['failures']).toHaveLength(2);
    expect((await worker.claim(id)).attempt).toBe(1);
  });

  it('runs a job at once whose time has passed', async () => {
    const id = await submit({ runAt: '2001-01-01T00:00:00Z' });
    expect(await read(id)).toMatchObject({ state: 'ready' });
    expect((await worker.claim(id)).attempt).toBe(1);
  });

  it('cancels a waiting job at once', async () => {
    const id = await submit({ delay: '1h' });
    const { status, body } = await client.post(`/v1/jobs/${id}/cancel`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'cancelled', cancelRequestedAt: null });
    await expect(worker.claim(id)).rejects.toThrow();
  });

  it('asks the worker of a running job to cancel it', async () => {
    const id = await submit();
    const job = await worker.claim(id);
    const { status, body } = await client.post(`/v1/jobs/${id}/cancel`);
    expect(status).toBe(200);
    expect(body['state']).toBe('running');
    expect(body['cancelRequestedAt']).not.toBeNull();
    await worker.settle(job, { kind: 'cancelled' });
    expect(await read(id)).toMatchObject({ state: 'cancelled' });
  });

  it('names the state that forbids an operation', async () => {
    const id = await submit();
    const ready = await client.post(`/v1/jobs/${id}/retry`);
    expect(ready).toMatchObject({ status: 409, body: { code: 'state-forbids' } });
    expect(ready.body['detail']).toContain('is ready and cannot be retried');
    await worker.settle(await worker.claim(id), { kind: 'succeeded', result: undefined });
    const succeeded = await client.post(`/v1/jobs/${id}/cancel`);
    expect(succeeded).toMatchObject({ status: 409, body: { code: 'state-forbids' } });
    expect(succeeded.body['detail']).toContain('is succeeded and cannot be cancelled');
  });

  it('does not mind an empty body that is called JSON', async () => {
    const id = await submit();
    expect((await client.post(`/v1/jobs/${id}/cancel`, undefined, { raw: '' })).status).toBe(200);
  });
});
