import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, StoreClock } from '@holdfast/persistence';
import { IndexUpkeep, RedisReadyIndex } from '@holdfast/queue';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

interface Explained {
  readonly state: string;
  readonly codes: readonly string[];
  readonly position: number | null;
  readonly estimatedStartAt: string | null;
  readonly details: string;
}

describe('explaining a job', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url, { sub: 'ops' });
  });

  afterAll(() => api.close());

  beforeEach(async () => {
    const database = api.app.get(Database);
    for (const table of ['jobs', 'workers', 'queue_pauses', 'tallies']) await database.change(`DELETE FROM ${table}`);
    for (const queue of ['default', 'here', 'shut']) await emptyIndex(queue);
  });

  async function emptyIndex(queue: string): Promise<void> {
    await api.app.get(IndexUpkeep).discard(queue);
    await api.app.get(IndexUpkeep).create(queue, 0);
  }

  const submit = async (fields: Record<string, unknown> = {}): Promise<string> =>
    String((await client.post('/v1/jobs', { type: 'echo', ...fields })).body['id']);
  const explain = async (id: string): Promise<Explained> => {
    const { status, body } = await client.get(`/v1/jobs/${id}/explain`);
    expect(status).toBe(200);
    const reasons = body['reasons'] as { code: string; detail: string }[];
    const codes = reasons.map(({ code }) => code);
    return { ...(body as unknown as Explained), codes, details: reasons.map(({ detail }) => detail).join(' ') };
  };
  /** The index is told after the answer was sent. */
  const explainWhen = async (id: string, holds: (explained: Explained) => boolean): Promise<Explained> => {
    for (let looks = 0; looks < 500; looks++) {
      const explained = await explain(id);
      if (holds(explained)) return explained;
    }
    throw new Error(`never so: ${JSON.stringify(await explain(id))}`);
  };

  it('names every reason at once', async () => {
    const id = await submit({ delay: '1h', queue: 'shut' });
    await client.post('/v1/queues/shut/pause');
    const { state, codes, details } = await explain(id);
    expect({ state, codes }).toEqual({ state: 'scheduled', codes: ['due-later', 'queue-paused', 'no-worker'] });
    expect(details).toMatch(/The queue shut is paused since 20\S+Z by ops\./);
  });

  it('tells a queue that nobody serves from a type that nobody knows', async () => {
    const id = await submit({ queue: 'here', type: 'strange' });
    const worker = await WorkerDouble.join(api.app, 'there');
    expect((await explainWhen(id, ({ codes }) => !codes.includes('not-indexed'))).codes).toEqual(['queue-not-served']);
    await worker.leave();
    await WorkerDouble.join(api.app, 'here');
    expect((await explain(id)).codes).toEqual(['type-unknown']);
  });

  it('says the place in the queue and when it may start while all slots are busy', async () => {
    const worker = await WorkerDouble.join(api.app);
    for (let n = 0; n < 7; n++) await worker.claim(await submit());
    await api.app.get(RedisReadyIndex).take('default', 100);
    const [second, first] = [await submit(), await submit({ priority: 5 })];
    const explained = await explainWhen(second, ({ position }) => position === 2);
    expect(explained.codes).toEqual(['slots-busy']);
    expect(explained.details).toContain('All 7 slots');
    const ahead = Date.parse(explained.estimatedStartAt ?? '') - api.app.get(StoreClock).now();
    expect(ahead).toBeGreaterThan(10_000); // two jobs at 7 a minute
    expect(ahead).toBeLessThan(18_000);
    expect((await explain(first)).position).toBe(1);
  });

  it('knows what runs, on whom, and that the worker is silent', async () => {
    const worker = await WorkerDouble.join(api.app, 'default', 60_000);
    const id = await submit();
    await worker.claim(id);
    expect(await explain(id)).toMatchObject({ state: 'running', codes: ['running'], position: null });
    await worker.leave();
    expect((await explain(id)).codes).toEqual(['running', 'worker-silent']);
  });

  it('knows what waits for its next attempt', async () => {
    const worker = await WorkerDouble.join(api.app);
    const id = await submit();
    const now = api.app.get(StoreClock).now();
    const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false, failedAt: now } as const;
    await worker.settle(await worker.claim(id), { kind: 'retried', failure, runAt: now + 60_000 });
    const { codes, details } = await explainWhen(id, ({ codes: each }) => !each.includes('about-to-start'));
    expect(codes).toEqual(expect.arrayContaining(['waiting-for-retry']));
    expect(details).toContain('Attempt 1 of 5 failed');
  });

  it('knows what the index was not told, and what nothing keeps', async () => {
    await WorkerDouble.join(api.app);
    const id = await submit();
    await explainWhen(id, ({ position }) => position === 1);
    expect((await explain(id)).codes).toEqual(['about-to-start']);
    await api.app.get(IndexUpkeep).discard('default');
    expect((await explain(id)).codes).toEqual(['about-to-start']);
    await emptyIndex('default');
    expect((await explain(id)).codes).toEqual(['not-indexed']);
  });

  it('works without Redis, but for the place in the queue', async () => {
    const blind = await startApi({ redisUrl: 'redis://127.0.0.1:1' });
    try {
      const there = await Client.of(blind.url);
      const { body } = await there.post('/v1/jobs', { type: 'echo' });
      const explained = await there.get(`/v1/jobs/${String(body['id'])}/explain`);
      expect(explained).toMatchObject({ status: 200, body: { reasons: [{ code: 'no-worker' }], position: null } });
    } finally {
      await blind.close();
    }
  });
});
