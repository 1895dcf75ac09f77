import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UnfinishedJobStore } from '@holdfast/persistence';
import { Lifecycle } from '@holdfast/runtime';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';
import { WorkerDouble } from '../testing/worker-double.ts';
import { JobWatch } from './job-watch.ts';

const SUCCEEDED = { kind: 'succeeded', result: '{"n":1}' } as const;

describe('waiting for a job', () => {
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
  const wait = (id: string, timeout = '30s') => client.get(`/v1/jobs/${id}/wait?timeout=${timeout}`);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const waiting = (): number => api.app.get(JobWatch).size;

  it('ends when the job finishes, with its result', async () => {
    const id = await submit();
    const answer = wait(id);
    await until(() => waiting() === 1);
    await worker.settle(await worker.claim(id), SUCCEEDED);
    expect(await answer).toMatchObject({ status: 200, body: { id, state: 'succeeded', result: { n: 1 } } });
  });

  it('ends at once for a job that has finished, and with 404 for none', async () => {
    const id = await submit();
    await client.post(`/v1/jobs/${id}/cancel`);
    expect(await wait(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect((await wait(randomUUID())).status).toBe(404);
  });

  it('ends with 202 and the present state when the time is over', async () => {
    const id = await submit({ delay: '1h' });
    const { status, headers, body } = await wait(id, '50ms');
    expect({ status, state: body['state'] }).toEqual({ status: 202, state: 'scheduled' });
    expect(headers.get('etag')).toBe((await client.get(`/v1/jobs/${id}`)).headers.get('etag'));
  });

  it.each(['61s', '-1', 'soon', '1e3', ''])('does not take a timeout of "%s"', async (timeout) => {
    const id = await submit({ delay: '1h' });
    expect((await wait(id, timeout)).status).toBe(400);
  });

  it('costs one look for many, and none while nobody waits', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => submit()));
    const store = api.app.get(UnfinishedJobStore);
    const looks: number[] = [];
    const among = store.among.bind(store);
    store.among = (asked) => {
      looks.push(asked.length);
      return among(asked);
    };
    try {
      const answers = [...ids, ...ids].map((id) => wait(id));
      await until(() => waiting() === 200);
      looks.length = 0;
      await until(() => looks.length === 3);
      expect(looks).toEqual([100, 100, 100]);
      for (const id of ids) await worker.settle(await worker.claim(id), SUCCEEDED);
      expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
      expect(waiting()).toBe(0);
    } finally {
      store.among = among;
    }
  });

  it('ends when its caller goes away', async () => {
    const id = await submit({ delay: '1h' });
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${await makeToken()}` };
    const answer = fetch(`${api.url}/v1/jobs/${id}/wait`, { headers, signal: gone.signal });
    await until(() => waiting() === 1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await until(() => waiting() === 0);
  });

  it('ends with 202 when the program stops', async () => {
    const id = await submit({ delay: '1h' });
    const answer = wait(id);
    await until(() => waiting() === 1);
    api.app.get(Lifecycle).startDraining();
    expect(await answer).toMatchObject({ status: 202, body: { state: 'scheduled' } });
    expect((await wait(id)).status).toBe(202);
  });
});
