import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, type Answer } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

describe('a unique key over HTTP', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  const body = (uniqueKey: string, fields: object = {}): object => ({
    type: 'echo',
    delay: '1h',
    uniqueKey,
    ...fields,
  });
  const submit = (uniqueKey: string, fields: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
    client.post('/v1/jobs', body(uniqueKey, fields), { headers });
  const idOf = ({ body: job }: Answer): string => String(job['id']);

  it('answers with the job that holds it, which a read shows, too', async () => {
    const key = randomUUID();
    const first = await submit(key, { payload: { n: 1 } });
    expect(first).toMatchObject({ status: 201, body: { uniqueKey: key } });
    expect(first.headers.get('unique-key-conflict')).toBeNull();
    const second = await submit(key, { payload: { n: 2 } });
    expect(second).toMatchObject({ status: 200, body: { id: idOf(first), payload: { n: 1 }, uniqueKey: key } });
    expect(second.headers.get('unique-key-conflict')).toBe('existing');
    expect(second.headers.get('location')).toBe(`/v1/jobs/${idOf(first)}`);
    const read = await client.get(`/v1/jobs/${idOf(first)}`);
    expect([read.body, read.headers.get('etag')]).toEqual([second.body, second.headers.get('etag')]);
  });

  it('makes one job of fifty requests at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => submit(key)));
    expect(new Set(answers.map(idOf)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(49).fill(200), 201]);
  });

  it('lets the job be replaced while it waits, and changes its ETag', async () => {
    const key = randomUUID();
    const id = idOf(await submit(key, { payload: { n: 1 } }));
    const read = await client.get(`/v1/jobs/${id}`);
    const replaced = await submit(key, { payload: { n: 2 }, delay: '2h', onConflict: 'replace' });
    expect(replaced).toMatchObject({ status: 200, body: { id, payload: { n: 2 } } });
    expect(replaced.headers.get('unique-key-conflict')).toBe('replaced');
    const headers = { 'if-match': read.headers.get('etag') ?? '' };
    expect((await client.call('PATCH', `/v1/jobs/${id}`, { body: { priority: 1 }, headers })).status).toBe(412);
  });

  it('is a reason to refuse, which names the job', async () => {
    const key = randomUUID();
    const id = idOf(await submit(key));
    const refused = await submit(key, { onConflict: 'refuse' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'unique-key-held' } });
    expect(refused.body['detail']).toContain(`the job ${id}, which is scheduled`);
    const batch = { jobs: [body(randomUUID()), body(key, { onConflict: 'refuse' })] };
    const all = await client.post('/v1/jobs/batch', batch);
    expect(all).toMatchObject({ status: 409, body: { code: 'unique-key-held' } });
    expect(all.body['detail']).toContain('/jobs/1');
  });

  it('is told for each job of a batch', async () => {
    const [known, fresh] = [randomUUID(), randomUUID()];
    const id = idOf(await submit(known));
    const jobs = [
      body(known),
      body(fresh),
      body(fresh, { onConflict: 'replace', payload: { n: 2 } }),
      { type: 'echo' },
    ];
    const answer = await client.post('/v1/jobs/batch', { jobs });
    const items = answer.body['items'] as { id: string; conflict?: string }[];
    expect(answer.status).toBe(201);
    expect(items.map(({ conflict }) => conflict)).toEqual(['existing', undefined, 'replaced', undefined]);
    expect([items[0]?.id, items[2]?.id]).toEqual([id, items[1]?.id]);
    const again = await client.post('/v1/jobs/batch', { jobs: [body(known), body(fresh)] });
    expect(again).toMatchObject({
      status: 200,
      body: { items: [{ id, conflict: 'existing' }, { conflict: 'existing' }] },
    });
  });

  it('goes with an Idempotency-Key: a repetition is answered as the first was', async () => {
    const [key, request] = [randomUUID(), randomUUID()];
    const id = idOf(await submit(key));
    for (const replayed of [null, 'true']) {
      const answer = await submit(key, {}, { 'idempotency-key': request });
      expect(answer).toMatchObject({ status: 200, body: { id } });
      expect(answer.headers.get('unique-key-conflict')).toBe('existing');
      expect(answer.headers.get('idempotency-replayed')).toBe(replayed);
    }
    const refused = randomUUID();
    expect((await submit(key, { onConflict: 'refuse' }, { 'idempotency-key': refused })).status).toBe(409);
    await client.post(`/v1/jobs/${id}/cancel`);
    expect((await submit(key, { onConflict: 'refuse' }, { 'idempotency-key': refused })).status).toBe(201);
  });

  it('keeps a finished job from running again while another has it', async () => {
    const key = randomUUID();
    const first = idOf(await submit(key));
    await client.post(`/v1/jobs/${first}/cancel`);
    const second = idOf(await submit(key));
    const retried = await client.post(`/v1/jobs/${first}/retry`);
    expect(retried).toMatchObject({ status: 409, body: { code: 'unique-key-held' } });
    expect(retried.body['detail']).toContain(second);
  });

  it('belongs to its tenant', async () => {
    const key = randomUUID();
    const other = await Client.of(api.url, { tenant: 'other' });
    expect([(await submit(key)).status, (await other.post('/v1/jobs', body(key))).status]).toEqual([201, 201]);
  });

  it.each([
    ['is empty', { uniqueKey: '' }, '/uniqueKey'],
    ['begins with a space', { uniqueKey: ' a' }, '/uniqueKey'],
    ['has a control character', { uniqueKey: 'a\u0000b' }, '/uniqueKey'],
    ['is too long', { uniqueKey: 'a'.repeat(256) }, '/uniqueKey'],
    ['is no text', { uniqueKey: 7 }, '/uniqueKey'],
    ['has a window that is no duration', { uniqueKey: 'a', uniqueFor: 'soon' }, '/uniqueFor'],
    ['has a window that is too short', { uniqueKey: 'a', uniqueFor: '10ms' }, '/uniqueFor'],
    ['has a conflict that is unknown', { uniqueKey: 'a', onConflict: 'ignore' }, '/onConflict'],
    ['is missing beside a window', { uniqueFor: '1h' }, '/uniqueFor'],
    ['is missing beside a conflict', { onConflict: 'refuse' }, '/onConflict'],
  ])('is refused when it %s', async (_, fields, pointer) => {
    const answer = await client.post('/v1/jobs', { type: 'echo', ...fields });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  it('may be any text, and is compared as it is', async () => {
    const keys = ['a', 'A', 'ä', '👍', 'a/b?c', 'a'.repeat(255)].map((key) => key.slice(0, 219) + randomUUID());
    const answers = await Promise.all(keys.map((key) => submit(key)));
    expect(answers.map(({ status }) => status)).toEqual(keys.map(() => 201));
  });
});
