import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, toBytes } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

describe('the lines of a job', () => {
  let api: RunningApi;
  let client: Client;
  let id: string;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    id = String((await client.post('/v1/jobs', { type: 'echo' })).body['id']);
    const rows = [1, 1, 2].map((fence, n) => [toBytes(id), fence, n + 1, fence, new Date(0), `line ${n + 1}`]);
    const insert = 'INSERT INTO job_logs (job_id, fence, number, attempt, logged_at, line) VALUES ?';
    await api.app.get(Database).change(insert, [rows]);
  });

  afterAll(() => api.close());

  it('are listed page by page, the oldest first', async () => {
    const first = await client.get(`/v1/jobs/${id}/logs?limit=2`);
    const at = '1970-01-01T00:00:00.000Z';
    expect(first.body['items']).toEqual([
      { attempt: 1, fence: 1, number: 1, at, line: 'line 1' },
      { attempt: 1, fence: 1, number: 2, at, line: 'line 2' },
    ]);
    const rest = await client.get(`/v1/jobs/${id}/logs?cursor=${String(first.body['nextCursor'])}`);
    expect(rest.body).toMatchObject({ items: [{ attempt: 2, fence: 2, line: 'line 3' }], nextCursor: null });
  });

  it.each(['cursor=bm8', 'cursor=!', 'limit=0', 'attempt=1'])('refuse %s', async (query) => {
    expect((await client.get(`/v1/jobs/${id}/logs?${query}`)).status).toBe(400);
  });

  it('are those of the own tenant', async () => {
    const other = await Client.of(api.url, { tenant: 'other' });
    expect((await other.get(`/v1/jobs/${id}/logs`)).status).toBe(404);
  });
});
