import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, StoreClock, type Row } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { WorkerDouble } from '../testing/worker-double.ts';

const TABLES = ['jobs', 'job_tags', 'job_failures', 'tallies'];

describe('dead letters', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  beforeEach(async () => {
    for (const table of TABLES) await api.app.get(Database).change(`DELETE FROM ${table}`);
  });

  const submit = async (fields: Record<string, unknown> = {}, by = client): Promise<string> =>
    String((await by.post('/v1/jobs', { type: 'echo', ...fields })).body['id']);
  const retry = (choice: unknown, by = client): Promise<Answer> => by.post('/v1/dead-letters/retry', choice);
  const discard = (choice: unknown, by = client): Promise<Answer> => by.post('/v1/dead-letters/discard', choice);
  const stateOf = async (id: string, by = client) => (await by.get(`/v1/jobs/${id}`)).body['state'];
  const done = (answer: Answer): string[] =>
    (answer.body['items'] as { id: string; status: number }[]).flatMap(({ id, status }) =>
      status === 200 ? [id] : [],
    );

  async function dead(fields: { queue?: string; tags?: string[] } = {}, by = client): Promise<string> {
    const id = await submit(fields, by);
    const worker = await WorkerDouble.join(api.app, fields.queue ?? 'default');
    const failedAt = api.app.get(StoreClock).now();
    const failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: true, failedAt } as const;
    await worker.settle(await worker.claim(id), { kind: 'dead', failure });
    await worker.leave();
    return id;
  }

  async function rowsOf(id: string): Promise<number> {
    const hex = id.replaceAll('-', '');
    const [row] = await api.app.get(Database).rows<Row & { n: number }>(
      `SELECT (SELECT COUNT(*) FROM jobs WHERE id = UNHEX(?)) + (SELECT COUNT(*) FROM job_tags WHERE job_id = UNHEX(?))
         + (SELECT COUNT(*) FROM job_failures WHERE job_id = UNHEX(?)) AS n`,
      [hex, hex, hex],
    );
    return Number(row?.n);
  }

  it('are run again by their ids, each answered for itself', async () => {
    const other = await Client.of(api.url, { tenant: 'other' });
    const [mine, theirs, ready, none] = [await dead(), await dead({}, other), await submit(), randomUUID()];
    const { status, body } = await retry({ ids: [mine, theirs, ready, none, mine] });
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        { id: mine, status: 200, code: null, state: null },
        { id: theirs, status: 404, code: 'not-found', state: null },
        { id: ready, status: 409, code: 'state-forbids', state: 'ready' },
        { id: none, status: 404, code: 'not-found', state: null },
      ],
    });
    expect(await stateOf(mine)).toBe('ready');
    expect(await stateOf(theirs, other)).toBe('dead');
    const index = api.app.get(RedisReadyIndex);
    for (let looks = 0; looks < 1_000; looks++) {
      if ((await index.locate({ queue: 'default', tenant: 'default', id: mine })).where === 'ready') return;
    }
    throw new Error('the index was not told');
  });

  it('are deleted by their ids, with everything that belongs to them, and leave the books true', async () => {
    const [gone, kept] = [await dead({ tags: ['x', 'y'] }), await dead({ tags: ['x'] })];
    expect(await rowsOf(gone)).toBe(4);
    expect(done(await discard({ ids: [gone] }))).toEqual([gone]);
    expect(await rowsOf(gone)).toBe(0);
    expect(await rowsOf(kept)).toBe(3);
    expect((await client.get(`/v1/jobs/${gone}`)).status).toBe(404);
    expect((await discard({ ids: [gone] })).body['items']).toMatchObject([{ status: 404 }]);
    expect((await client.get('/v1/stats')).body['jobs']).toMatchObject({ dead: 1, ready: 0, running: 0 });
  });

  it.each([
    ['retry', 'holdfast.dead-letters.retry'],
    ['discard', 'holdfast.dead-letters.discard'],
  ])('that a filter finds are left to a job to %s, which is answered with its place', async (verb, type) => {
    const theirs = await Client.of(api.url, { tenant: 'theirs' });
    const filter = { queue: 'q', type: 'odd', tag: 't', diedFrom: '2026-01-01T00:00:00Z' };
    const before = api.app.get(StoreClock).now();
    const { status, headers, body } = await theirs.post(`/v1/dead-letters/${verb}`, { filter });
    expect({ status, location: headers.get('location') }).toEqual({
      status: 202,
      location: `/v1/jobs/${String(body['id'])}`,
    });
    const job = (await theirs.get(String(headers.get('location')))).body;
    expect(job).toEqual(body);
    expect(job).toMatchObject({ type, queue: 'holdfast', state: 'ready', timeout: 86_400_000, progress: null });
    const payload = job['payload'] as Record<string, unknown>;
    expect(payload).toEqual({ ...filter, diedFrom: Date.parse(filter.diedFrom), diedBefore: expect.any(Number) });
    expect(Number(payload['diedBefore'])).toBeGreaterThan(before);
    expect((await client.get(String(headers.get('location')))).status).toBe(404);
  });

  it('that died by a time are asked for as they are', async () => {
    const { body } = await retry({ filter: { diedBefore: '2026-01-01T00:00:00Z' } });
    expect(body['payload']).toEqual({ diedBefore: Date.parse('2026-01-01T00:00:00Z') });
  });

  it('cannot be discarded by whoever may only write, neither by a job of their own making nor by changing or repeating one', async () => {
    const writer = await Client.of(api.url, { scope: 'jobs:read jobs:write' });
    const type = 'holdfast.dead-letters.discard';
    for (const submission of [{ type }, { type, queue: 'holdfast', payload: { diedBefore: 9e12 } }]) {
      const refused = await writer.post('/v1/jobs', submission);
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer: '/type' }] } });
      expect((await writer.post('/v1/jobs/batch', { jobs: [{ type: 'echo' }, submission] })).status).toBe(400);
    }
    expect((await writer.post('/v1/dead-letters/discard', { filter: {} })).status).toBe(403);
    const { id } = (await discard({ filter: { queue: 'none' } })).body;
    const change = await writer.call('PATCH', `/v1/jobs/${String(id)}`, { body: { payload: { diedBefore: 9e12 } } });
    expect(change).toMatchObject({ status: 409, body: { code: 'own-job' } });
    await api.app.get(Database).change("UPDATE jobs SET state = 'dead', finished_at = UTC_TIMESTAMP(6)");
    const repeat = await writer.post(`/v1/jobs/${String(id)}/retry`);
    expect(repeat).toMatchObject({ status: 409, body: { code: 'own-job' } });
    expect((await retry({ ids: [id] }, writer)).body['items']).toMatchObject([{ status: 409, code: 'own-job' }]);
    expect(await stateOf(String(id))).toBe('dead');
  });

  it('are retried once when two ask at once', async () => {
    const id = await dead();
    const answers = await Promise.all([retry({ ids: [id] }), retry({ ids: [id] }), discard({ ids: [id] })]);
    expect(answers.flatMap(done)).toEqual([id]);
  });

  it.each([
    ['neither ids nor filter', {}],
    ['both', { ids: [randomUUID()], filter: {} }],
    ['no ids', { ids: [] }],
    ['1,001 ids', { ids: Array.from({ length: 1_001 }, () => randomUUID()) }],
    ['an id that is none', { ids: ['1'] }],
    ['an unknown filter', { filter: { state: 'dead' } }],
    ['a cursor', { filter: {}, cursor: 'MDE5OGMyZjQtOGE0ZS03YzMxLTlkNjUtMGE4ZDNmMWIyYzRk' }],
  ])('are not chosen by %s', async (_, choice) => {
    expect(await retry(choice)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});
