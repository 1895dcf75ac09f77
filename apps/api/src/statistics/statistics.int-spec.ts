import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, LostWorkerStore, renewLease, StoreClock } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

const NOTHING = { blocked: 0, scheduled: 0, ready: 0, running: 0, succeeded: 0, dead: 0, cancelled: 0, expired: 0 };

const SHOWN_VITALS = {
  eventLoop: { blockedMs: 1_500 },
  memory: { rssBytes: 8e9, heapUsedBytes: 5e9 },
  attempts: { started: 3, ended: 2 },
};

describe('what can be counted', () => {
  let api: RunningApi;
  let client: Client;
  let worker: WorkerDouble;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    worker = await WorkerDouble.join(api.app, 'busy');
    await liveThroughEverything();
  });

  afterAll(() => api.close());

  const submit = async (fields: Record<string, unknown> = {}): Promise<string> =>
    String((await client.post('/v1/jobs', { type: 'echo', queue: 'busy', ...fields })).body['id']);

  /** 1 scheduled, 2 ready (one after a crash), 1 running, 2 succeeded, 1 dead, 1 cancelled; and 1 in another queue. */
  async function liveThroughEverything(): Promise<void> {
    const now = api.app.get(StoreClock).now();
    const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false, failedAt: now } as const;
    const done = { kind: 'succeeded', result: undefined } as const;
    await submit({ delay: '1h' });
    await submit();
    await client.post(`/v1/jobs/${await submit()}/cancel`);
    await worker.settle(await worker.claim(await submit()), done);
    const retried = await submit();
    await worker.settle(await worker.claim(retried), { kind: 'retried', failure, runAt: now });
    await worker.settle(await worker.claim(retried), done);
    await worker.settle(await worker.claim(await submit()), { kind: 'dead', failure });
    const lost = await WorkerDouble.join(api.app, 'busy');
    await lost.claim(await submit());
    await lost.leave();
    await api.app.get(LostWorkerStore).reapOrphans(3, 10);
    await worker.claim(await submit());
    await submit({ queue: 'calm', type: 'sleep' });
  }

  it('is counted by state, over all queues and for one', async () => {
    const { status, body } = await client.get('/v1/stats');
    expect(status).toBe(200);
    const busy = { scheduled: 1, ready: 2, running: 1, succeeded: 2, dead: 1, cancelled: 1 };
    expect(body['jobs']).toEqual({ ...NOTHING, ...busy, ready: 3 });
    expect((await client.get('/v1/stats?queue=busy')).body['jobs']).toEqual({ ...NOTHING, ...busy });
    expect((await client.get('/v1/stats?queue=none')).body['jobs']).toEqual(NOTHING);
  });

  it('knows attempts, workers, rates and how long the oldest has waited', async () => {
    const { body } = await client.get('/v1/stats');
    expect(body).toMatchObject({
      attempts: { failed: 2, retried: 1, crashed: 1 },
      workers: { active: 1, capacity: 7 },
      rates: { submitted: 9 / 60, started: 6 / 60, succeeded: 2 / 60, failed: 2 / 60 },
    });
    expect(body['oldestReadyAgeMs']).toBeGreaterThanOrEqual(0);
    const calm = await client.get('/v1/stats?queue=calm');
    expect(calm.body).toMatchObject({ workers: { active: 0, capacity: 0 }, rates: { submitted: 1 / 60, started: 0 } });
    expect((await client.get('/v1/stats?queue=none')).body['oldestReadyAgeMs']).toBeNull();
  });

  it('agrees with the rows', async () => {
    const { body } = await client.get('/v1/stats');
    for (const [state, n] of Object.entries(body['jobs'] as Record<string, number>)) {
      const listed = await client.get(`/v1/jobs?state=${state}`);
      expect({ state, n: (listed.body['items'] as unknown[]).length }).toEqual({ state, n });
    }
  });

  it('is listed by queue, a page at a time', async () => {
    const first = await client.get('/v1/queues?limit=1');
    expect(first.body['items']).toMatchObject([{ name: 'busy', jobs: { scheduled: 1, ready: 2, running: 1 } }]);
    const second = await client.get(`/v1/queues?limit=1&cursor=${String(first.body['nextCursor'])}`);
    expect(second.body).toMatchObject({ items: [{ name: 'calm', jobs: { ...NOTHING, ready: 1 } }], nextCursor: null });
  });

  it('is listed by worker, as long as its lease holds', async () => {
    const expired = await WorkerDouble.join(api.app, 'busy', -1_000);
    const vitals = { blockedMs: 1_500, rssBytes: 8e9, heapUsedBytes: 5e9, jobsStarted: 3, jobsEnded: 2 };
    await renewLease(api.app.get(Database), worker.id, 60_000, vitals);
    const { body } = await client.get('/v1/workers');
    expect(body).toMatchObject({
      items: [
        { id: worker.id, name: 'double', queues: ['busy'], types: ['echo'], capacity: 7, running: 1, ...SHOWN_VITALS },
      ],
      nextCursor: null,
    });
    await expired.leave();
    const other = await Client.of(api.url, { tenant: 'other' });
    expect((await other.get('/v1/workers')).body['items']).toMatchObject([{ id: worker.id, running: 0 }]);
  });
});
