import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, OccurrenceStore, ScheduleFiringStore, type Row } from '@holdfast/persistence';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

const NIGHTLY = { name: 'nightly', cron: '30 2 * * *', timezone: 'Europe/Berlin', job: { type: 'echo' } };
const DAY = 86_400_000;

describe('schedules', () => {
  let api: RunningApi;
  let client: Client;
  let database: Database;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    database = api.app.get(Database);
  });

  afterAll(() => api.close());

  beforeEach(async () => {
    for (const table of ['schedules', 'occurrences', 'jobs']) await database.change(`DELETE FROM ${table}`);
  });

  const create = async (fields: object = {}) => {
    const answer = await client.post('/v1/schedules', { ...NIGHTLY, ...fields });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer;
  };
  const patch = (body: object, headers = {}) => client.call('PATCH', '/v1/schedules/nightly', { body, headers });
  const errorsOf = ({ body }: { body: Record<string, unknown> }): string[] =>
    (body['errors'] as { pointer: string; message: string }[]).map(({ pointer, message }) => `${pointer} ${message}`);
  const itemsOf = ({ body }: { body: Record<string, unknown> }) => body['items'] as Record<string, unknown>[];
  const jobsOf = async (): Promise<Row[]> => database.rows('SELECT * FROM jobs ORDER BY planned_at');

  it('are made with every default filled in, and read by name and by id', async () => {
    const made = await create();
    expect(made.headers.get('location')).toBe('/v1/schedules/nightly');
    expect(made.body).toMatchObject({
      name: 'nightly',
      cron: '30 2 * * *',
      every: null,
      job: { type: 'echo', queue: 'default', payload: {}, maxAttempts: 5, tags: [] },
      misfire: 'last',
      overlap: 'allow',
      gap: 'after',
      repeat: 'first',
      paused: false,
      runs: 0,
      lastAt: null,
    });
    expect(Date.parse(String(made.body['nextAt']))).toBeGreaterThan(Date.now() - 60_000);
    for (const name of ['nightly', String(made.body['id'])]) {
      const read = await client.get(`/v1/schedules/${name}`);
      expect([read.body, read.headers.get('etag')]).toEqual([made.body, made.headers.get('etag')]);
    }
  });

  it('have names that are unique within a tenant', async () => {
    await create();
    const taken = await client.post('/v1/schedules', NIGHTLY);
    expect(taken).toMatchObject({ status: 409, body: { code: 'name-taken' } });
    expect(taken.headers.get('location')).toBeNull();
    const other = await Client.of(api.url, { tenant: 'other' });
    expect((await other.post('/v1/schedules', NIGHTLY)).status).toBe(201);
  });

  it('take a job back as they show it', async () => {
    const { body } = await create({ job: { type: 'echo', concurrencyKey: 'a', payload: { n: 1 } } });
    expect(await patch({ job: body['job'] })).toMatchObject({ status: 200, body: { job: body['job'] } });
  });

  it('are listed by name, a page at a time', async () => {
    for (const name of ['c', 'a', 'b']) await create({ name });
    const first = await client.get('/v1/schedules?limit=2');
    const second = await client.get(`/v1/schedules?limit=2&cursor=${String(first.body['nextCursor'])}`);
    expect([...itemsOf(first), ...itemsOf(second)].map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(second.body['nextCursor']).toBeNull();
  });

  it.each([
    [{ cron: '61 * * * *' }, '/cron has "61" for the minute, which may be *, 0 to 59'],
    [{ cron: '0 0 31 4 *' }, '/cron never comes: no month has such a day'],
    [{ cron: '* * * *' }, '/cron has 4 fields; write five fields'],
    [{ cron: undefined }, '/cron is missing: give cron'],
    [{ every: '5m' }, '/every must be left out beside cron'],
    [{ cron: undefined, every: '999ms' }, '/every must be a duration from 1s to'],
    [{ cron: undefined, every: '5m', gap: 'skip' }, '/gap goes with cron alone'],
    [
      { timezone: 'Europe/Berlim' },
      '/timezone must be the name of a time zone such as Europe/Berlin; did you mean Europe/Berlin?',
    ],
    [{ timezone: '+02:00' }, '/timezone must be the name'],
    [{ misfire: 'some' }, '/misfire must be one of none, last, all'],
    [{ overlap: 'kill' }, '/overlap must be one of allow, skip, queue, cancel'],
    [{ misfireLimit: 1001 }, '/misfireLimit must be a whole number from 1 to 1000'],
    [{ startAt: '2030-01-02T00:00:00Z', endAt: '2030-01-01T00:00:00Z' }, '/endAt must not be before startAt'],
    [{ endAt: '2020-01-01T00:00:00Z' }, '/endAt leaves no time to run'],
    [{ maxRuns: 0 }, '/maxRuns must be a whole number'],
    [{ name: 'A' }, '/name must be 1 to 64 characters'],
    [{ name: '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d' }, '/name must not look like an id'],
    [
      { job: { type: 'echo', runAt: '2030-01-01T00:00:00Z' } },
      '/job/runAt is not known here; instead of runAt: the schedule gives each run its time',
    ],
    [
      { job: { type: 'echo', uniqueKey: 'sync' } },
      "/job/uniqueKey is not known here; instead of uniqueKey: the schedule's overlap says",
    ],
    [{ job: { type: 'echo', uniqueKye: 'sync' } }, '/job/uniqueKye is not known here; known are type'],
    [{ job: {} }, '/job/type is missing; it must be'],
    [{ tenant: 'other' }, '/tenant is not known here'],
  ])('with %j are refused with what would be right', async (fields, expected) => {
    const answer = await client.post('/v1/schedules', { ...NIGHTLY, ...fields });
    expect(answer.status).toBe(400);
    expect(errorsOf(answer)[0]).toContain(expected);
    expect(itemsOf(await client.get('/v1/schedules'))).toEqual([]);
  });

  it('are a thousand for a tenant at most', async () => {
    await database.change(
      `INSERT INTO schedules (id, tenant, name, definition, created_at, updated_at)
       SELECT UNHEX(LEFT(SHA2(seq, 256), 32)), 'crowded', CONCAT('s', seq), '{}', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM (
         WITH RECURSIVE seqs AS (SELECT 1 AS seq UNION ALL SELECT seq + 1 FROM seqs WHERE seq < 1000) SELECT seq FROM seqs) AS n`,
    );
    const crowded = await Client.of(api.url, { tenant: 'crowded' });
    const answer = await crowded.post('/v1/schedules', NIGHTLY);
    expect(answer).toMatchObject({ status: 409, body: { code: 'too-many-schedules' } });
  });

  describe('that are changed', () => {
    it('hold from the next tick on, and only if they are what was read', async () => {
      const { headers } = await create();
      const etag = headers.get('etag') ?? '';
      const changed = await patch({ cron: '0 4 * * *', maxRuns: 7 }, { 'if-match': etag });
      expect(changed).toMatchObject({
        status: 200,
        body: { cron: '0 4 * * *', maxRuns: 7, timezone: 'Europe/Berlin' },
      });
      const { items } = (await client.get('/v1/schedules/nightly/preview?limit=1')).body as { items: { at: string }[] };
      expect(changed.body['nextAt']).toBe(items[0]?.at);
      expect(await patch({ maxRuns: 8 }, { 'if-match': etag })).toMatchObject({
        status: 412,
        body: { code: 'precondition-failed' },
      });
      expect(
        (await patch({ maxRuns: null }, { 'if-match': changed.headers.get('etag') ?? '' })).body['maxRuns'],
      ).toBeNull();
    });

    it('are paused, resumed and removed only if they are what was read, if the caller says so', async () => {
      const { headers } = await create();
      const etag = headers.get('etag') ?? '';
      const ask = (method: string, path: string, tag: string) =>
        client.call(method, `/v1/schedules/nightly${path}`, { headers: { 'if-match': tag } });
      const paused = await ask('POST', '/pause', etag);
      expect(paused.status).toBe(200);
      for (const [method, path] of [
        ['POST', '/resume'],
        ['POST', '/pause'],
        ['DELETE', ''],
      ] as const)
        expect(await ask(method, path, etag)).toMatchObject({ status: 412, body: { code: 'precondition-failed' } });
      expect((await ask('DELETE', '', paused.headers.get('etag') ?? '')).status).toBe(204);
      expect((await client.get('/v1/schedules/nightly')).status).toBe(404);
    });

    it('become intervals and back, without what went with the other', async () => {
      await create({ gap: 'skip' });
      expect((await patch({ every: '6h' })).body).toMatchObject({ cron: null, every: 21_600_000, gap: null });
      expect((await patch({ cron: '@hourly' })).body).toMatchObject({
        cron: '@hourly',
        every: null,
        gap: 'skip',
        repeat: 'both',
      });
    });

    it('are refused what does not go together with the rest', async () => {
      await create({ endAt: '2099-01-01T00:00:00Z' });
      expect(errorsOf(await patch({ startAt: '2099-06-01T00:00:00Z' }))).toEqual(['/endAt must not be before startAt']);
      expect((await patch({ name: 'other' })).status).toBe(400);
    });

    it('lose no tick that was due and not decided yet', async () => {
      await create({ cron: '* * * * *' });
      const due = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000);
      await database.change('UPDATE schedules SET next_at = ?, wake_at = ?', [due, due]);
      expect((await patch({ cron: '0 * * * *' })).body['nextAt']).toBe(due.toISOString());
    });

    it('keep their time and their tag when a tick comes or nothing about time changes', async () => {
      const { body } = await create();
      expect((await patch({ job: { type: 'sleep' } })).body).toMatchObject({
        nextAt: body['nextAt'],
        job: { type: 'sleep' },
      });
    });
  });

  it('are paused by somebody since some time, and resumed', async () => {
    await create();
    const paused = await client.post('/v1/schedules/nightly/pause');
    expect(paused.body).toMatchObject({ paused: true, pausedBy: 'test' });
    expect((await client.post('/v1/schedules/nightly/pause')).body['pausedAt']).toBe(paused.body['pausedAt']);
    expect((await client.post('/v1/schedules/nightly/resume')).body).toMatchObject({ paused: false, pausedAt: null });
    expect((await patch({ paused: true })).body).toMatchObject({ paused: true, pausedBy: 'test' });
  });

  it('are removed, and their jobs stay', async () => {
    await create();
    await client.post('/v1/schedules/nightly/trigger');
    expect((await client.call('DELETE', '/v1/schedules/nightly')).status).toBe(204);
    expect((await client.call('DELETE', '/v1/schedules/nightly')).status).toBe(404);
    expect(await jobsOf()).toHaveLength(1);
  });

  it('are triggered at any time, and the job says whose it is', async () => {
    const { body } = await create({ paused: true, job: { type: 'echo', payload: { n: 1 }, priority: 7, tags: ['t'] } });
    const [one, two] = await Promise.all([0, 1].map(() => client.post('/v1/schedules/nightly/trigger')));
    expect(one).toMatchObject({
      status: 201,
      body: { scheduleId: body['id'], payload: { n: 1 }, priority: 7, tags: ['t'], runAt: one?.body['plannedAt'] },
    });
    expect(one?.headers.get('location')).toBe(`/v1/jobs/${String(one?.body['id'])}`);
    const items = itemsOf(await client.get('/v1/schedules/nightly/occurrences'));
    expect(items.map(({ outcome, origin, jobId }) => [outcome, origin, jobId]).sort()).toEqual(
      [one, two].map((answer) => ['triggered', 'trigger', answer?.body['id']]).sort(),
    );
    expect((await client.get('/v1/schedules/nightly')).body['runs']).toBe(0);
  });

  it('are previewed, odd days marked', async () => {
    await create({ cron: '30 2 * * *' });
    const preview = async (from: string) =>
      itemsOf(await client.get(`/v1/schedules/nightly/preview?limit=2&from=${from}`));
    expect(await preview('2027-03-27T12:00:00Z')).toMatchObject([
      { at: '2027-03-28T01:00:00.000Z', localTime: '2027-03-28T03:00:00+02:00', runs: true, odd: 'gap' },
      { at: '2027-03-29T00:30:00.000Z', odd: null, note: null },
    ]);
    expect((await preview('2027-10-30T12:00:00Z'))[0]).toMatchObject({
      odd: 'repeated-first',
      localTime: '2027-10-31T02:30:00+02:00',
    });
  });

  it('are previewed before they are made', async () => {
    const sketch = {
      cron: '0 2 * * *',
      timezone: 'Europe/Berlin',
      gap: 'skip',
      from: '2027-03-28T00:00:00Z',
      limit: 1,
    };
    const [tick] = itemsOf(await client.post('/v1/schedules/preview', sketch));
    expect(tick).toMatchObject({
      odd: 'gap',
      runs: false,
      note: 'The clock is set forward over 02:00; nothing runs for it.',
    });
    expect((await client.post('/v1/schedules/preview', { every: '1h', cron: '@daily' })).status).toBe(400);
    const whole = await client.post('/v1/schedules/preview', NIGHTLY);
    expect(errorsOf(whole)[0]).toContain('instead of name, job: nothing, a preview is of the times alone');
  });

  describe('that should have run in the past', () => {
    const yesterday = Math.floor(Date.now() / DAY) * DAY - DAY;
    const at = (hours: number): string => new Date(yesterday + hours * 3_600_000).toISOString();
    const backfill = (from: string, until: string) => client.post('/v1/schedules/nightly/backfill', { from, until });

    beforeEach(() => create({ cron: '0 * * * *', timezone: 'UTC' }));

    it('run now, each once, however often it is asked for', async () => {
      const first = await backfill(at(0), at(3));
      expect(first.body).toMatchObject({ leftAlone: 0, nextFrom: null });
      expect(itemsOf(first).map(({ plannedAt }) => plannedAt)).toEqual([at(0), at(1), at(2)]);
      const again = await backfill(at(0), at(5));
      expect(itemsOf(again).map(({ plannedAt }) => plannedAt)).toEqual([at(3), at(4)]);
      expect(again.body['leftAlone']).toBe(3);
      const jobs = await jobsOf();
      expect(jobs.map((job) => (job['planned_at'] as Date).toISOString())).toEqual([0, 1, 2, 3, 4].map(at));
      expect(jobs.every((job) => (job['run_at'] as Date).getTime() <= Date.now() + 60_000)).toBe(true);
    });

    it('run though they were skipped, and it is remembered why they were', async () => {
      await database.change(
        `INSERT INTO occurrences (schedule_id, planned_at, origin, outcome, reason) SELECT id, ?, 'tick', 'skipped', 'paused' FROM schedules`,
        [new Date(yesterday)],
      );
      expect(itemsOf(await backfill(at(0), at(1)))).toHaveLength(1);
      const [answer] = itemsOf(await client.get(`/v1/schedules/nightly/occurrences/${at(0)}`));
      expect(answer).toMatchObject({ verdict: 'backfilled', occurrence: { reason: 'paused' } });
    });

    it('run in steps when there are many', async () => {
      const range = { from: new Date(yesterday - 20 * DAY).toISOString(), until: at(0) };
      const first = await backfill(range.from, range.until);
      expect(itemsOf(first)).toHaveLength(250);
      const second = await backfill(String(first.body['nextFrom']), range.until);
      expect([itemsOf(second).length, second.body['nextFrom']]).toEqual([20 * 24 - 250, null]);
    });

    it('are left to the schedulers when those have not decided yet', async () => {
      await database.change('UPDATE schedules SET next_at = ?', [new Date(yesterday)]);
      expect((await backfill(at(0), at(2))).body).toMatchObject({ items: [], leftAlone: 2 });
    });

    it.each([
      [[at(2), at(1)], '/from must be before until'],
      [[at(0), '2099-01-01T00:00:00Z'], '/until must not lie in the future'],
      [['1999-01-01T00:00:00Z', at(0)], '/from must be at most 10 years ago'],
    ])('are refused for %j', async ([from = '', until = ''], expected) => {
      expect(errorsOf(await backfill(from, until))[0]).toContain(expected);
    });
  });

  describe('asked whether a run happened', () => {
    const tick = Date.UTC(2026, 2, 14, 2);
    const ask = async (at: string) => itemsOf(await client.get(`/v1/schedules/nightly/occurrences/${at}`))[0];
    const record = (outcome: string, reason: string | null) =>
      database.change(
        `INSERT INTO occurrences (schedule_id, planned_at, origin, outcome, reason, late_ms, job_id)
         SELECT id, ?, 'tick', ?, ?, ?, ? FROM schedules`,
        [
          new Date(tick),
          outcome,
          reason,
          outcome === 'fired' ? 12 : null,
          outcome === 'fired' ? Buffer.alloc(16, 1) : null,
        ],
      );

    beforeEach(() => create({ cron: '0 2 * * *', timezone: 'UTC' }));

    it('say that it did, and how late', async () => {
      await record('fired', null);
      expect(await ask('2026-03-14T02:00')).toMatchObject({
        verdict: 'fired',
        detail: 'It ran: job 01010101-0101-0101-0101-010101010101 was made 12 ms after its time.',
      });
    });

    it.each([
      ['overlap', 'had not finished'],
      ['paused', 'was paused'],
      ['gap', 'set forward'],
      ['misfire', 'missed'],
    ])('say that it did not, for %s', async (reason, words) => {
      await record('skipped', reason);
      const answer = await ask('2026-03-14T02:00:00Z');
      expect(answer).toMatchObject({ verdict: 'skipped', occurrence: { reason } });
      expect(answer?.['detail']).toContain(words);
    });

    it('say what is known of times of which nothing was recorded', async () => {
      expect(await ask('2026-03-14T02:00')).toMatchObject({
        verdict: 'unknown',
        detail: 'The schedule did not exist then.',
      });
      expect(await ask('2026-03-14T02:01')).toMatchObject({ verdict: 'not-planned' });
      expect(await ask('2099-03-14T02:00')).toMatchObject({ verdict: 'planned' });
      await database.change('UPDATE schedules SET next_at = ?', [new Date(tick)]);
      expect(await ask('2026-03-14T02:00')).toMatchObject({ verdict: 'due' });
    });

    it('answer twice for a time that came twice, and refuse what is no time', async () => {
      await patch({ timezone: 'Europe/Berlin' });
      expect(itemsOf(await client.get('/v1/schedules/nightly/occurrences/2026-10-25T02:00'))).toHaveLength(2);
      for (const at of ['noon', '2026-02-30T00:00', '0000-01-01T00:00:00Z']) {
        expect(errorsOf(await client.get(`/v1/schedules/nightly/occurrences/${at}`))[0]).toContain(
          '/at must be a time',
        );
      }
    });
  });

  it('list what became of their ticks, the newest first, by time and outcome', async () => {
    await create();
    const hour = (n: number): Date => new Date(Date.UTC(2026, 0, 1, n));
    for (let n = 0; n < 6; n++) {
      await database.change(
        `INSERT INTO occurrences (schedule_id, planned_at, origin, outcome, reason, job_id) SELECT id, ?, 'tick', ?, ?, ? FROM schedules`,
        [hour(n), n % 2 ? 'skipped' : 'fired', n % 2 ? 'overlap' : null, n % 2 ? null : Buffer.alloc(16, n)],
      );
    }
    const list = async (query: string) => {
      const answer = await client.get(`/v1/schedules/nightly/occurrences?${query}`);
      return {
        hours: itemsOf(answer).map((item) => new Date(String(item['plannedAt'])).getUTCHours()),
        ...answer.body,
      };
    };
    const first = await list('limit=4');
    expect(first.hours).toEqual([5, 4, 3, 2]);
    expect((await list(`limit=4&cursor=${String((first as { nextCursor?: unknown }).nextCursor)}`)).hours).toEqual([
      1, 0,
    ]);
    expect((await list('outcome=skipped')).hours).toEqual([5, 3, 1]);
    expect((await list(`from=${hour(1).toISOString()}&until=${hour(3).toISOString()}`)).hours).toEqual([2, 1]);
  });

  it('of another tenant do not exist, whatever is asked', async () => {
    const { body } = await create();
    const other = await Client.of(api.url, { tenant: 'thief' });
    const calls: [string, string, object?][] = [
      ['GET', ''],
      ['PATCH', '', { maxRuns: 1 }],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/trigger'],
      ['POST', '/backfill', { from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00Z' }],
      ['GET', '/preview'],
      ['GET', '/occurrences'],
      ['GET', '/occurrences/2026-01-01T00:00:00Z'],
    ];
    for (const name of ['nightly', String(body['id'])]) {
      for (const [method, path, sent] of calls) {
        const { status } = await other.call(method, `/v1/schedules/${name}${path}`, sent ? { body: sent } : {});
        expect({ method, path, status }).toEqual({ method, path, status: 404 });
      }
    }
    expect(itemsOf(await other.get('/v1/schedules'))).toEqual([]);
    expect((await client.get('/v1/schedules/nightly')).body).toEqual(body);
    expect(await jobsOf()).toEqual([]);
  });

  it('wake a scheduler when their next tick comes', async () => {
    await create({ cron: undefined, every: '1h' });
    const waitMs = await api.app.get(ScheduleFiringStore).nextWakeMs();
    expect(waitMs).toBeGreaterThan(3_500_000);
    expect(waitMs).toBeLessThanOrEqual(3_600_000);
    expect(await api.app.get(OccurrenceStore).prune(0, 10)).toBe(0);
  });
});
