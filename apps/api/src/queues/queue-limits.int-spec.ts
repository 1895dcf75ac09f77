import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

const NO_LIMITS = { concurrency: null, rate: null, perKey: { concurrency: 1, rate: null } };

describe('limiting a queue', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  const change = (queue: string, body: unknown): Promise<Answer> =>
    client.call('PATCH', `/v1/queues/${queue}`, { body });
  const submit = async (queue: string, fields: Record<string, unknown> = {}): Promise<string> =>
    String((await client.post('/v1/jobs', { type: 'echo', queue, ...fields })).body['id']);
  const codes = async (id: string): Promise<string[]> => {
    const { body } = await client.get(`/v1/jobs/${id}/explain`);
    return (body['reasons'] as { code: string }[]).map(({ code }) => code);
  };

  it('shows what holds, changes what is named, and removes what is null', async () => {
    const rate = { limit: 100, per: 'minute', burst: 20 };
    expect(await change('mail', { limits: { concurrency: 5, rate }, weights: { gold: 3 } })).toMatchObject({
      status: 200,
      body: { name: 'mail', limits: { ...NO_LIMITS, concurrency: 5, rate }, weights: { gold: 3 } },
    });
    const perKey = { concurrency: 2, rate: null };
    expect(await change('mail', { limits: { rate: null, perKey: { concurrency: 2 } } })).toMatchObject({
      body: { limits: { concurrency: 5, rate: null, perKey }, weights: { gold: 3 } },
    });
    const { body } = await client.get('/v1/queues');
    expect(body['items']).toContainEqual(
      expect.objectContaining({ name: 'mail', held: { running: 0, isFull: false, fullKeys: 0 } }),
    );
    expect(await change('mail', { priorityAging: '1m' })).toMatchObject({
      body: { limits: { concurrency: 5 }, weights: { gold: 3 }, priorityAging: 60_000 },
    });
    expect(await change('mail', { limits: null, weights: null })).toMatchObject({
      body: { limits: NO_LIMITS, weights: {}, priorityAging: 60_000, held: null },
    });
    expect(await change('mail', { priorityAging: null })).toMatchObject({ body: { priorityAging: null } });
  });

  it('shows what it holds back, and explains to a job what does', async () => {
    await change('held', { limits: { concurrency: 2 } });
    const ids = [
      await submit('held', { concurrencyKey: 'k', ordered: true }),
      await submit('held'),
      await submit('held', { concurrencyKey: 'k', ordered: true }),
    ];
    const worker = await WorkerDouble.join(api.app, 'held');
    await worker.claim(ids[0] ?? '');
    expect(await codes(ids[2] ?? '')).toEqual(expect.arrayContaining(['key-limit', 'out-of-turn']));
    await worker.claim(ids[1] ?? '');
    expect(await codes(ids[2] ?? '')).toContain('queue-limit');
    expect((await client.get('/v1/queues')).body['items']).toContainEqual(
      expect.objectContaining({ name: 'held', held: { running: 2, isFull: true, fullKeys: 1 } }),
    );
    await expect(worker.claim(ids[2] ?? '')).rejects.toThrow('could not claim');
  });

  it('is the matter of its tenant alone', async () => {
    const other = await Client.of(api.url, { tenant: 'other' });
    await change('shared', { limits: { concurrency: 1 } });
    await other.post('/v1/jobs', { type: 'echo', queue: 'shared' });
    const items = (await other.get('/v1/queues')).body['items'] as Record<string, unknown>[];
    expect(items.find(({ name }) => name === 'shared')).toMatchObject({ limits: NO_LIMITS, held: null });
  });

  it.each([
    [{ limits: { concurrency: 0 } }, '/limits/concurrency'],
    [{ limits: { concurrency: 1.5 } }, '/limits/concurrency'],
    [{ limits: { rate: { limit: 5, per: 'day' } } }, '/limits/rate/per'],
    [{ limits: { rate: { per: 'second' } } }, '/limits/rate/limit'],
    [{ limits: { perKey: { concurency: 1 } } }, '/limits/perKey/concurency'],
    [{ weights: { gold: 0 } }, '/weights/gold'],
    [{ weights: { gold: 1_001 } }, '/weights/gold'],
    [{ weights: ['gold'] }, '/weights'],
    [{ weights: { ' gold': 1 } }, '/weights/ gold'],
    [{ priorityAging: 0 }, '/priorityAging'],
    [{ priorityAging: '2d' }, '/priorityAging'],
    [[], ''],
  ])('refuses %j', async (body, pointer) => {
    const answer = await change('mail', body);
    expect([answer.status, (answer.body['errors'] as { pointer: string }[])[0]?.pointer]).toEqual([400, pointer]);
  });

  it.each([
    [{ concurrencyKey: '' }, '/concurrencyKey'],
    [{ concurrencyKey: 'k'.repeat(65) }, '/concurrencyKey'],
    [{ concurrencyKey: 'a\u0000b' }, '/concurrencyKey'],
    [{ fairnessKey: ' padded ' }, '/fairnessKey'],
    [{ ordered: true }, '/ordered'],
    [{ ordered: 'yes', concurrencyKey: 'k' }, '/ordered'],
  ])('refuses a job with %j', async (fields, pointer) => {
    const answer = await client.post('/v1/jobs', { type: 'echo', ...fields });
    expect([answer.status, (answer.body['errors'] as { pointer: string }[])[0]?.pointer]).toEqual([400, pointer]);
  });

  it('shows the keys of a job as they were submitted', async () => {
    const keys = { concurrencyKey: 'ключ', ordered: true, fairnessKey: 'eu west' };
    const { body } = await client.post('/v1/jobs', { type: 'echo', ...keys });
    expect(body).toMatchObject(keys);
    expect((await client.get(`/v1/jobs/${String(body['id'])}`)).body).toMatchObject(keys);
  });
});
