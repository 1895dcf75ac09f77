import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the trace that a submission is part of', () => {
  let api: RunningApi;
  let client: Client;
  let worker: WorkerDouble;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    worker = await WorkerDouble.join(api.app);
  });

  afterAll(() => api.close());

  const submit = async (traceparent: string) =>
    (await client.post('/v1/jobs', { type: 'echo' }, { headers: { traceparent } })).body;

  it('is kept with the job, shown, and handed to the worker that claims it', async () => {
    const submitted = await submit(TRACE);
    expect(submitted['traceparent']).toBe(TRACE);
    expect((await client.get(`/v1/jobs/${String(submitted['id'])}`)).body).toEqual(submitted);
    expect((await worker.claim(String(submitted['id']))).traceparent).toBe(TRACE);
  });

  it('is kept with every job of a batch', async () => {
    const jobs = [{ type: 'echo' }, { type: 'echo' }];
    const { body } = await client.post('/v1/jobs/batch', { jobs }, { headers: { traceparent: TRACE } });
    for (const { id } of body['items'] as { id: string }[]) expect((await worker.claim(id)).traceparent).toBe(TRACE);
  });

  it.each([
    ['of another version', TRACE.replace('00-', 'ff-')],
    ['of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['in capitals', TRACE.toUpperCase()],
    ['that is too long', `${TRACE}-x`],
    ['of words', "'; DROP TABLE jobs"],
  ])('is none if the header names one %s, and the job is taken all the same', async (_, traceparent) => {
    const { id, traceparent: kept } = await submit(traceparent);
    expect(kept).toBeNull();
    expect((await worker.claim(String(id))).traceparent).toBeUndefined();
  });
});
