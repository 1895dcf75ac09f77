import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisReadyIndex } from '@holdfast/queue';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

describe('pausing a queue', () => {
  let api: RunningApi;
  let client: Client;
  let other: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url, { sub: 'ops@example.com' });
    other = await Client.of(api.url, { tenant: 'other' });
  });

  afterAll(() => api.close());

  const submit = async (queue: string, by = client): Promise<string> =>
    String((await by.post('/v1/jobs', { type: 'echo', queue })).body['id']);
  const pause = (queue: string): Promise<Answer> => client.post(`/v1/queues/${queue}/pause`);
  const resume = (queue: string): Promise<Answer> => client.post(`/v1/queues/${queue}/resume`);
  const listed = async (by = client) => (await by.get('/v1/queues')).body['items'] as Record<string, unknown>[];

  it('keeps its jobs from starting, and shows them with who paused it and since when', async () => {
    const id = await submit('held');
    const worker = await WorkerDouble.join(api.app, 'held');
    const before = Date.now();
    const { status, body } = await pause('held');
    expect({ status, ...body }).toMatchObject({
      status: 200,
      name: 'held',
      jobs: { ready: 1 },
      oldestReadyAgeMs: expect.any(Number),
    });
    const paused = body['paused'] as { since: string; by: string };
    expect(paused.by).toBe('ops@example.com');
    expect(Math.abs(Date.parse(paused.since) - before)).toBeLessThan(60_000);
    await expect(worker.claim(id)).rejects.toThrow('could not claim');
    expect((await client.get(`/v1/jobs/${id}`)).body).toMatchObject({ state: 'ready' });
    expect((await pause('held')).body['paused']).toEqual(paused);
    expect(await resume('held')).toMatchObject({ status: 200, body: { paused: null } });
    expect((await worker.claim(id)).attempt).toBe(1);
  });

  it('shows it alone, too, if it was ever used, paused or limited', async () => {
    const read = (queue: string, by = client): Promise<Answer> => by.get(`/v1/queues/${queue}`);
    const ageless = (view?: Record<string, unknown>) => ({ ...view, oldestReadyAgeMs: undefined });
    await submit('alone');
    await pause('never-used');
    await client.call('PATCH', '/v1/queues/only-limited', { body: { limits: { concurrency: 3 } } });
    for (const name of ['alone', 'never-used', 'only-limited']) {
      const { status, body } = await read(name);
      expect(status).toBe(200);
      expect(ageless(body)).toEqual(ageless((await listed()).find((each) => each['name'] === name)));
      expect(await read(name, other)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    }
    expect(await read('never-heard-of')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await read('Not-A-Name')).status).toBe(400);
  });

  it('lets what runs go on to its end', async () => {
    const id = await submit('running');
    const worker = await WorkerDouble.join(api.app, 'running');
    const job = await worker.claim(id);
    await pause('running');
    await worker.settle(job, { kind: 'succeeded', result: undefined });
    expect((await client.get(`/v1/jobs/${id}`)).body).toMatchObject({ state: 'succeeded' });
  });

  it('is the matter of its tenant alone', async () => {
    const id = await submit('shared', other);
    const worker = await WorkerDouble.join(api.app, 'shared');
    await pause('shared');
    expect((await listed(other)).find(({ name }) => name === 'shared')).toMatchObject({ paused: null });
    expect((await worker.claim(id)).tenant).toBe('other');
    expect((await other.post('/v1/queues/shared/resume')).status).toBe(200);
    expect((await listed()).find(({ name }) => name === 'shared')).toMatchObject({ paused: { by: 'ops@example.com' } });
  });

  it('may come before its first job', async () => {
    expect(await pause('new')).toMatchObject({ status: 200, body: { jobs: { ready: 0 }, oldestReadyAgeMs: null } });
    expect((await listed()).find(({ name }) => name === 'new')).toMatchObject({ paused: { by: 'ops@example.com' } });
    const worker = await WorkerDouble.join(api.app, 'new');
    const id = await submit('new');
    await expect(worker.claim(id)).rejects.toThrow('could not claim');
    await resume('new');
    expect((await worker.claim(id)).attempt).toBe(1);
  });

  it('ends with an index that is built anew, since workers dropped what it hinted at', async () => {
    await submit('stale');
    await pause('stale');
    await resume('stale');
    const index = api.app.get(RedisReadyIndex);
    for (let looks = 0; looks < 1_000; looks++) if ((await index.take('stale', 1)).kind === 'lost') return;
    throw new Error('the index is still trusted');
  });

  it('of no proper name is refused', async () => {
    for (const name of ['{a}', 'A', 'x'.repeat(65)]) {
      expect((await pause(encodeURIComponent(name))).status).toBe(400);
    }
  });

  it('needs more than the right to write jobs', async () => {
    const writer = await Client.of(api.url, { scope: 'jobs:read jobs:write' });
    expect((await writer.post('/v1/queues/held/pause')).status).toBe(403);
  });
});
