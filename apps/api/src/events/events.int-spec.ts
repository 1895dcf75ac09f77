import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, JournalStore, type Session } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { EventReader } from '../testing/event-reader.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';
import { WorkerDouble } from '../testing/worker-double.ts';
import { STREAM_LIMITS, EventStreams } from './event-streams.ts';

const INSERT = `
  INSERT INTO job_transitions (job_id, tenant, queue, type, event, from_state, to_state, generation, attempt, crashes, fence, run_at, actor)
  VALUES ?`;

describe('GET /v1/events', () => {
  let api: RunningApi;
  let client: Client;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    api = await startApi({ configuration: { journalAs: 'here:1' } });
    client = await Client.of(api.url);
    await client.post('/v1/jobs', { type: 'echo' });
  });

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await until(() => streams().size === 0);
  });

  afterAll(() => api.close());

  const streams = (): EventStreams => api.app.get(EventStreams);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const open = async (options: Parameters<typeof EventReader.open>[1] = {}): Promise<EventReader> => {
    const reader = await EventReader.open(api.url, options);
    readers.push(reader);
    return reader;
  };
  const submit = async (fields: Record<string, unknown> = {}, by = client): Promise<string> =>
    String((await by.post('/v1/jobs', { type: 'echo', ...fields })).body['id']);

  /** Straight into the journal, as many as there are events. */
  async function write(session: Session, ...events: string[]): Promise<void> {
    const rows = events.map((event) => [
      ...[Buffer.alloc(16, 7), 'default', 'default', 'echo', event, '', 'pending', 1, 0, 0, 0, new Date(), 'here:1'],
    ]);
    await session.change(INSERT, [rows]);
  }

  it('tells the life of a job as it happens, with what the job was like', async () => {
    const reader = await open();
    const id = await submit({ queue: 'mail', delay: '10m' });
    await client.post(`/v1/jobs/${id}/run-now`);
    const worker = await WorkerDouble.join(api.app, 'mail');
    await worker.settle(await worker.claim(id), { kind: 'succeeded', result: '1' });
    expect(await reader.untilTold(4)).toEqual(['submit', 'change', 'claim', 'succeed']);
    expect(reader.events.map(({ data }) => data['state'])).toEqual(['scheduled', 'ready', 'running', 'succeeded']);
    expect(reader.events.map(({ name }) => name)).toEqual(Array.from({ length: 4 }, () => 'transition'));
    expect(reader.events[2]?.data).toEqual({
      ...{ jobId: id, type: 'echo', queue: 'mail', event: 'claim', state: 'running', workerId: worker.id },
      ...{ attempt: 1, generation: 1, fence: 1, at: expect.any(String), runAt: expect.any(String) },
    });
  });

  it('is a stream that nothing in between holds back or packs', async () => {
    const { answer } = await open();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect((await client.call('HEAD', '/v1/events')).status).toBe(200);
  });

  it.each([
    ['queue', '?queue=q1'],
    ['type', '?type=rare'],
    ['queue, type and state', '?queue=q1&type=rare&state=cancelled'],
  ])('tells only what is asked for by %s', async (_, query) => {
    const reader = await open({ query });
    await submit();
    const id = await submit({ queue: 'q1', type: 'rare' });
    await submit({ queue: 'q2' });
    await client.post(`/v1/jobs/${id}/cancel`);
    await reader.until(() => reader.told.includes('cancel'));
    expect(new Set(reader.events.map(({ data }) => data['jobId']))).toEqual(new Set([id]));
    expect(reader.told).toEqual(query.includes('state') ? ['cancel'] : ['submit', 'cancel']);
  });

  it('tells only of one job if asked for one', async () => {
    const [id, other] = [await submit({ delay: '1h' }), await submit({ delay: '1h' })];
    const reader = await open({ query: `?jobId=${id}` });
    for (const each of [other, id]) await client.post(`/v1/jobs/${each}/cancel`);
    expect(await reader.untilTold(1)).toEqual(['cancel']);
    expect(reader.events[0]?.data).toMatchObject({ jobId: id, state: 'cancelled' });
  });

  it('tells nobody of the jobs of another tenant, live or resumed', async () => {
    const [mine, theirs] = [await open({ tenant: 'mine' }), await open({ tenant: 'theirs' })];
    const start = mine.lastId ?? '';
    const them = await Client.of(api.url, { tenant: 'theirs' });
    const me = await Client.of(api.url, { tenant: 'mine' });
    const secret = await submit({ queue: 'secret' }, them);
    const own = await submit({ delay: '1h' }, me);
    await Promise.all([mine.untilTold(1), theirs.untilTold(1)]);
    const later = [await open({ tenant: 'mine', last: start }), await open({ tenant: 'mine', last: '0' })];
    for (const reader of later) await reader.untilTold(1);
    for (const reader of [mine, ...later]) {
      expect(reader.events.map(({ data }) => data['jobId'])).toEqual([own]);
      expect(reader.text).not.toContain(secret);
    }
    expect(theirs.events.map(({ data }) => data['jobId'])).toEqual([secret]);
    const foreign = await open({ tenant: 'mine', last: '0', query: `?jobId=${secret}` });
    await submit({}, me);
    await mine.untilTold(2);
    expect(foreign.told).toEqual([]);
  });

  it('goes on after the last event that was seen, with everything since and nothing twice', async () => {
    const first = await open();
    await submit({ tags: ['a'] });
    await first.untilTold(1);
    const last = first.lastId ?? '';
    first.close();
    await first.ended;
    await client.post('/v1/jobs/batch', { jobs: Array.from({ length: 250 }, () => ({ type: 'echo' })) });
    const second = await open({ last });
    await second.untilTold(250);
    await submit();
    await second.untilTold(251);
    const ids = second.events.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(Math.min(...ids)).toBe(Number(last) + 1);
    expect(second.told).toEqual(Array.from({ length: 251 }, () => 'submit'));
  });

  it('misses nothing that drew a lower number and is committed later', async () => {
    const [live, since] = [await open(), (await open()).lastId ?? ''];
    const database = api.app.get(Database);
    const reads = countReads(api);
    await database.transaction(async (slow) => {
      await write(slow, 'slow-1', 'slow-2');
      await write(database, 'quick');
      const [seen] = [reads.n];
      await until(() => reads.n >= seen + 3); // it was looked for, and held back
      expect(live.told).toEqual([]);
    });
    expect(await live.untilTold(3)).toEqual(['slow-1', 'slow-2', 'quick']);
    const resumed = await open({ last: since });
    expect(await resumed.untilTold(3)).toEqual(['slow-1', 'slow-2', 'quick']);
    reads.restore();
  });

  it('costs one statement for many streams, and none while nobody listens', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, () => open()));
    const reads = countReads(api);
    await until(() => reads.n >= 3);
    expect(reads.most).toBe(1);
    await submit();
    for (const reader of all) await reader.untilTold(1);
    for (const reader of readers.splice(0)) reader.close();
    await until(() => streams().size === 0);
    reads.n = 0;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(reads.n).toBeLessThanOrEqual(1); // one may have been under way
    reads.restore();
  });

  it('keeps nothing for a client that does not read, and cuts it off', async () => {
    const stalledMs = STREAM_LIMITS.stalledMs;
    STREAM_LIMITS.stalledMs = 300;
    try {
      const slow = await RawConnection.to(api.url);
      slow.send(`GET /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${await makeToken()}\r\n\r\n`);
      await slow.answered();
      slow.socket.pause();
      const quick = await open();
      const [database, many] = [api.app.get(Database), Array.from({ length: 2_000 }, () => 'x'.repeat(16))];
      let told = 0;
      while (streams().size === 2) {
        await write(database, ...many);
        await quick.untilTold((told += many.length));
      }
      expect(quick.told).toHaveLength(told);
      slow.socket.resume();
      await Promise.race([slow.closed, once(slow.socket, 'end')]);
      expect(slow.text.split('event: transition').length).toBeLessThan(told);
    } finally {
      STREAM_LIMITS.stalledMs = stalledMs;
    }
  });

  it.each([
    ['the journal has been cut since', '1', 'expired'],
    ['the journal never had it', '999999999999', 'unknown'],
  ])('says so, and goes on from now, if %s', async (_, last, reason) => {
    const database = api.app.get(Database);
    await database.change('DELETE FROM job_transitions WHERE id <= 2');
    const reader = await open({ last });
    expect(await reader.untilTold(1)).toEqual([reason]);
    await submit();
    expect(await reader.untilTold(2)).toEqual([reason, 'submit']);
    expect((await open({ last: reader.lastId ?? '' })).told).toEqual([]);
  });

  it.each(['-1', 'abc', '1.5', '9'.repeat(16), '1, 2'])('does not go on after "%s"', async (last) => {
    const { status, body } = await client.get('/v1/events', { headers: { 'last-event-id': last } });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid-request' });
  });

  it.each(['?state=asleep', '?queue=UPPER', '?jobId=1', '?tag=a', '?tenant=other'])(
    'does not take %s',
    async (query) => {
      expect((await client.get(`/v1/events${query}`)).status).toBe(400);
    },
  );

  it('ends with its token', async () => {
    const reader = await open({ expiresIn: -26 }); // within the tolerance of clocks, for more than three seconds
    expect(await reader.ended).toBe('ended');
  });

  it('bears so many streams of one token and no more', async () => {
    const { ofSubject } = STREAM_LIMITS;
    STREAM_LIMITS.ofSubject = 2;
    try {
      await Promise.all([open(), open()]);
      const { status, headers } = await client.get('/v1/events');
      expect({ status, after: headers.get('retry-after') }).toEqual({ status: 429, after: '30' });
      await open({ tenant: 'other' });
    } finally {
      STREAM_LIMITS.ofSubject = ofSubject;
    }
  });

  it('says which setting it needs where the journal is not kept', async () => {
    const without = await startApi();
    const { status, body } = await (await Client.of(without.url)).get('/v1/events');
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'journal-off' });
    expect(body['detail']).toContain('TRANSITION_JOURNAL=true');
    await without.close();
  });

  it('ends whole when the program stops, so that its clients go on elsewhere', async () => {
    const other = await startApi({ configuration: { journalAs: 'here:2' } });
    const reader = await EventReader.open(other.url);
    await (await Client.of(other.url)).post('/v1/jobs', { type: 'echo' });
    await reader.untilTold(1);
    await Promise.all([other.close(), reader.ended]);
    expect(await reader.ended).toBe('ended');
    expect(reader.text).toMatch(/^retry: 2000\n/);
  });
});

/** Counts how often the journal is read, and how many do so at once. */
function countReads(api: RunningApi) {
  const journal = api.app.get(JournalStore);
  const read = journal.readSettled.bind(journal);
  const counts = { n: 0, now: 0, most: 0, restore: () => (journal.readSettled = read) };
  journal.readSettled = async (...values) => {
    counts.n += 1;
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    return read(...values).finally(() => (counts.now -= 1));
  };
  return counts;
}
