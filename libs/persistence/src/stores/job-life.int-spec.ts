import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CLAIM_AHEAD_MS, type ClaimedJob, type JobId, type NewJob, type Outcome } from '@holdfast/domain';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { Database, type Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import type { Account } from './book.store.ts';
import { JobClaimStore } from './job-claim.store.ts';
import { FaultyWire } from '../testing/faulty-wire.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

interface JobRow extends Row {
  state: string;
  attempt: number;
  fence: number;
  crashes: number;
  generation: number;
  result: string | null;
  error: string | null;
}

describe('the life of a job in MySQL', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'job_failures', 'workers', 'tallies'])
      await store.database.change(`DELETE FROM ${table}`);
  });

  async function submit(fields: Partial<NewJob> = {}): Promise<NewJob> {
    const job = newJob(store.clock, fields);
    expect(await store.submissions.insert([[job]])).toEqual([undefined]);
    return job;
  }

  async function read(id: JobId): Promise<JobRow | undefined> {
    const [row] = await store.database.rows<JobRow>('SELECT * FROM jobs WHERE id = ?', [toBytes(id)]);
    return row;
  }

  async function claimOne(job: NewJob): Promise<{ workerId: string; claimed: ClaimedJob }> {
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, [job.id]);
    expect(claimed).toHaveLength(1);
    return { workerId: request.workerId, claimed: claimed[0] as ClaimedJob };
  }

  async function booksEqualRows(): Promise<void> {
    const rows = await store.database.rows<Row & { state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM jobs GROUP BY state',
    );
    const counted: Record<string, number> = {};
    const aheadBefore = await countAhead();
    const { sums, scheduled } = await store.books.balance('default');
    const aheadAfter = await countAhead();
    for (const { from, to, n } of sums) {
      if (to) counted[to] = (counted[to] ?? 0) + n;
      if (from) counted[from] = (counted[from] ?? 0) - n;
    }
    const nonZero = Object.fromEntries(Object.entries(counted).filter(([, n]) => n !== 0));
    expect(nonZero).toEqual(Object.fromEntries(rows.map(({ state, n }) => [state, n])));
    expect(scheduled).toBeLessThanOrEqual(aheadBefore);
    expect(scheduled).toBeGreaterThanOrEqual(aheadAfter);
  }

  /** Only time changes it here, and downwards: a second may end between two statements. */
  async function countAhead(): Promise<number> {
    const [ahead] = await store.database.rows<Row & { n: number }>(
      "SELECT COUNT(*) AS n FROM jobs WHERE state = 'pending' AND run_at >= UTC_TIMESTAMP() + INTERVAL 1 SECOND",
    );
    return ahead?.n ?? 0;
  }

  it('gives a due job to exactly one of many workers that race for it', async () => {
    const jobs = await Promise.all(Array.from({ length: 20 }, () => submit()));
    const ids = jobs.map(({ id }) => id);
    const workers = await Promise.all(Array.from({ length: 6 }, () => joinWorker(store)));
    const claims = await Promise.all(workers.map((request) => store.claims.claimHinted(request, ids)));
    const won = claims.flatMap(({ claimed }) => claimed.map(({ id }) => id));
    expect([...won].sort()).toEqual([...ids].sort());
    await booksEqualRows();
  });

  it('does not wait for a job that somebody has locked, and claims the others meanwhile', async () => {
    const [locked, ...others] = await Promise.all([1, 2, 3].map(() => submit()));
    const ids = [locked, ...others].map((job) => job?.id ?? '');
    await store.database.transaction(async (session) => {
      await session.rows('SELECT id FROM jobs WHERE id = ? FOR UPDATE', [toBytes(locked?.id ?? '')]);
      const { claimed, waiting } = await store.claims.claimHinted(await joinWorker(store), ids);
      expect(claimed.map(({ id }) => id).sort()).toEqual(ids.slice(1).sort());
      expect(waiting).toMatchObject([{ id: locked?.id, isDue: true }]);
    });
    await booksEqualRows();
  });

  it('lets racing workers share what they claim without hints', async () => {
    const jobs = await Promise.all(Array.from({ length: 60 }, (_, n) => submit({ priority: n % 3 })));
    const workers = await Promise.all(Array.from({ length: 4 }, () => joinWorker(store)));
    const claims = await Promise.all(workers.map((request) => store.claims.claimDue(request, 15)));
    const won = claims.flat().map(({ id }) => id);
    expect(new Set(won).size).toBe(won.length);
    const rest = await store.claims.claimDue(await joinWorker(store), 100);
    expect(won.length + rest.length).toBe(jobs.length);
  });

  it('claims without hints by priority, then due time, then id', async () => {
    const now = store.clock.now();
    const low = await submit({ runAt: now - 5_000 });
    const high = await submit({ priority: 9, runAt: now });
    const higherLater = await submit({ priority: 9, runAt: now + 60_000 });
    const lowOlder = await submit({ runAt: now - 9_000 });
    const claimed: string[] = [];
    const request = await joinWorker(store);
    for (let n = 0; n < 3; n++) claimed.push(...(await store.claims.claimDue(request, 1)).map(({ id }) => id));
    expect(claimed).toEqual([high.id, lowOlder.id, low.id]);
    expect(await store.claims.claimDue(request, 10)).toEqual([]);
    expect((await read(higherLater.id))?.state).toBe('pending');
  });

  it('drops hints that are stale, doubled or invented, and gives back those that came too early', async () => {
    const later = await submit({ runAt: store.clock.now() + 60_000, priority: 3 });
    const running = await submit();
    await claimOne(running);
    const { claimed, waiting } = await store.claims.claimHinted(await joinWorker(store), [
      later.id,
      running.id,
      randomUUID(),
    ]);
    expect(claimed).toEqual([]);
    expect(waiting).toMatchObject([{ id: later.id, priority: 3, runAt: later.runAt, isDue: false }]);
  });

  it('claims a hint that is due in a moment, to start then, unless its deadline comes first', async () => {
    const runAt = store.clock.now() + CLAIM_AHEAD_MS;
    const job = await submit({ runAt });
    const late = await submit({ runAt, deadline: runAt });
    const [askedAt, hints] = [performance.now(), [job.id, late.id]];
    const { claimed, waiting } = await store.claims.claimHinted(await joinWorker(store), hints);
    expect(claimed.map(({ id }) => id)).toEqual([job.id]);
    expect(waiting.map(({ id }) => id)).toEqual([late.id]);
    const { startsAt = 0 } = claimed[0] ?? {}; // none if the claim took so long that it is due
    expect(startsAt).toBeLessThanOrEqual(performance.now() + CLAIM_AHEAD_MS);
    if (startsAt > 0) expect(startsAt).toBeGreaterThan(askedAt);
    const [row] = await store.database.rows<Row & { early: number }>(
      'SELECT started_at < run_at AS early FROM jobs WHERE id = ?',
      [toBytes(job.id)],
    );
    expect(row?.early).toBe(0);
  });

  it('starts nothing after its deadline, of another queue, or of a type that the worker does not know', async () => {
    const late = await submit({ deadline: store.clock.now() - 1 });
    const elsewhere = await submit({ queue: 'other' });
    const unknown = await submit({ type: 'unknown' });
    const { claimed, waiting } = await store.claims.claimHinted(await joinWorker(store), [
      late.id,
      elsewhere.id,
      unknown.id,
    ]);
    expect(claimed).toEqual([]);
    expect(waiting.map(({ id, isDue }) => ({ id, isDue }))).toEqual(
      [late.id, unknown.id].sort().map((id) => ({ id, isDue: true })),
    );
  });

  it.each<[string, (now: number) => Outcome, Record<string, unknown>]>([
    [
      'success',
      () => ({ kind: 'succeeded', result: '{"ok":"grüße \\" \\u0000"}' }),
      { state: 'succeeded', result: '{"ok":"grüße \\" \\u0000"}' },
    ],
    [
      'success without a result',
      () => ({ kind: 'succeeded', result: undefined }),
      { state: 'succeeded', result: null },
    ],
    [
      'a retry',
      (now) => ({ kind: 'retried', runAt: now + 500, failure: failureAt(now) }),
      { state: 'pending', attempt: 1, error: '{"name":"Error","message":"no"}' },
    ],
    [
      'death',
      (now) => ({ kind: 'dead', failure: failureAt(now) }),
      { state: 'dead', error: '{"name":"Error","message":"no"}' },
    ],
    ['cancellation', () => ({ kind: 'cancelled' }), { state: 'cancelled' }],
    ['handing back, which costs no attempt', () => ({ kind: 'handed-back' }), { state: 'pending', attempt: 0 }],
  ])('records %s once', async (_, outcomeAt, expected) => {
    const job = await submit();
    const { workerId, claimed } = await claimOne(job);
    const settlement = { job: claimed, outcome: outcomeAt(store.clock.now()) };
    expect(await store.settlements.settle(workerId, [settlement])).toEqual([settlement]);
    expect(await read(job.id)).toMatchObject({ ...expected, fence: 1, worker_id: null });
    expect(await store.settlements.settle(workerId, [settlement])).toEqual([]);
    await booksEqualRows();
  });

  it('keeps a row for every failed attempt', async () => {
    const job = await submit();
    const { workerId, claimed } = await claimOne(job);
    const now = store.clock.now();
    await store.settlements.settle(workerId, [
      { job: claimed, outcome: { kind: 'retried', runAt: now, failure: failureAt(now) } },
    ]);
    const again = await claimOne(job);
    expect(again.claimed).toMatchObject({ attempt: 2, fence: 2 });
    await store.settlements.settle(again.workerId, [
      { job: again.claimed, outcome: { kind: 'dead', failure: failureAt(now) } },
    ]);
    const rows = await store.database.rows('SELECT attempt, fence, kind FROM job_failures ORDER BY fence');
    expect(rows).toEqual([
      { attempt: 1, fence: 1, kind: 'failed' },
      { attempt: 2, fence: 2, kind: 'failed' },
    ]);
  });

  it('ignores a worker whose job was taken away, and one that names an old fence', async () => {
    const job = await submit();
    const first = await claimOne(job);
    await store.workers.deregister(first.workerId);
    expect(await store.lostWorkers.reapOrphans(3, 10)).toMatchObject([{ id: job.id, to: 'pending', crashes: 1 }]);
    const second = await claimOne(job);
    const stale = { job: first.claimed, outcome: { kind: 'succeeded', result: '"stale"' } } as const;
    expect(await store.settlements.settle(first.workerId, [stale])).toEqual([]);
    expect(await store.settlements.settle(second.workerId, [stale])).toEqual([]);
    expect(await read(job.id)).toMatchObject({ state: 'running', fence: 2, result: null });
    await booksEqualRows();
  });

  it('gives each success of a batch its own result, and none to one that returned nothing', async () => {
    const results = ['"A"', undefined, '"a"', '{"n":1}'];
    const jobs = await Promise.all(results.map(() => submit()));
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(
      request,
      jobs.map(({ id }) => id),
    );
    const resultOf = new Map(claimed.map(({ id }, index) => [id, results[index]]));
    const settlements = claimed.map(
      (job) => ({ job, outcome: { kind: 'succeeded', result: resultOf.get(job.id) } }) as const,
    );
    await store.settlements.settle(request.workerId, settlements);
    for (const [id, result] of resultOf)
      expect(await read(id)).toMatchObject({ state: 'succeeded', result: result ?? null });
    expect(resultOf.size).toBe(4);
  });

  it('records the rest of a batch of successes when one of its jobs was taken away, even with the same worker', async () => {
    const jobs = [await submit(), await submit(), await submit()];
    const request = await joinWorker(store);
    const ids = jobs.map(({ id }) => id);
    const { claimed } = await store.claims.claimHinted(request, ids);
    const settlements = claimed.map((job) => ({ job, outcome: { kind: 'succeeded', result: undefined } }) as const);
    const [lost] = settlements.filter(({ job }) => job.id === ids[1]);
    await store.settlements.settle(request.workerId, [
      { job: lost?.job as ClaimedJob, outcome: { kind: 'handed-back' } },
    ]);
    await store.claims.claimHinted(request, [lost?.job.id ?? '']); // the same worker has it again, under another fence
    const recorded = await store.settlements.settle(request.workerId, settlements);
    expect(recorded.map(({ job }) => job.id).sort()).toEqual([ids[0], ids[2]].sort());
    expect(await read(lost?.job.id ?? '')).toMatchObject({ state: 'running', fence: 2 });
    await booksEqualRows();
  });

  it('cancels a job that failed or was handed back after its cancellation was asked for', async () => {
    const [failing, handedBack] = [await submit(), await submit()];
    const now = store.clock.now();
    for (const [job, outcome] of [
      [failing, { kind: 'retried', runAt: now, failure: failureAt(now) }],
      [handedBack, { kind: 'handed-back' }],
    ] as const) {
      const { workerId, claimed } = await claimOne(job);
      await store.operations.cancel('default', job.id);
      await store.settlements.settle(workerId, [{ job: claimed, outcome }]);
      expect((await read(job.id))?.state).toBe('cancelled');
    }
    expect(await store.database.rows('SELECT kind FROM job_failures')).toEqual([{ kind: 'failed' }]);
    await booksEqualRows();
  });

  it('records the first of two outcomes of one attempt, and counts it once', async () => {
    const job = await submit();
    const { workerId, claimed } = await claimOne(job);
    await store.settlements.settle(workerId, [
      { job: claimed, outcome: { kind: 'handed-back' } },
      { job: claimed, outcome: { kind: 'succeeded', result: undefined } },
    ]);
    expect((await read(job.id))?.state).toBe('pending');
    await booksEqualRows();
  });

  it('reaps what it can while somebody else holds a lock on one of them', async () => {
    const jobs = [await submit(), await submit(), await submit()];
    const { workerId, claimed } = await claimOne(jobs[0] as NewJob);
    const request = { workerId, queue: 'default', types: ['echo'], alone: { fromCrashes: 2, room: 10 } };
    await store.claims.claimHinted(request, jobs.map(({ id }) => id).slice(1));
    await store.workers.deregister(workerId);
    await store.database.transaction(async (session) => {
      await session.rows('SELECT id FROM jobs WHERE id = ? FOR UPDATE', [toBytes(claimed.id)]);
      expect(await store.lostWorkers.reapOrphans(3, 10)).toHaveLength(2);
    });
    expect(await store.lostWorkers.reapOrphans(3, 10)).toHaveLength(1);
  });

  it('walks every pending job once, however many share an instant', async () => {
    await store.database.change(
      `INSERT INTO jobs (id, type) SELECT UNHEX(REPLACE(UUID(), '-', '')), 'echo' FROM
        JSON_TABLE(?, '$[*]' COLUMNS (n INT PATH '$')) AS numbers`,
      [JSON.stringify(Array.from({ length: 35 }, (_, n) => n))],
    );
    await submit({ priority: 5 });
    const walked: string[] = [];
    const until = store.clock.now() + 60_000;
    for await (const page of store.pending.pages('default', 0, until, 10)) walked.push(...page.map(({ id }) => id));
    expect(walked).toHaveLength(36);
    expect(new Set(walked).size).toBe(36);
  });

  it.each([
    ['crashed', { runAt: Date.now() + 60_000 }, 'pending'],
    ['crashed-out', {}, 'dead'],
  ] as const)('counts an attempt that %s apart from the others', async (kind, when, state) => {
    const job = await submit();
    const { workerId, claimed } = await claimOne(job);
    const error = { name: 'ProcessCrashed', message: 'SIGABRT' };
    const failure = { kind: 'crashed', error, final: false, failedAt: store.clock.now() } as const;
    const outcome = { kind, failure, ...when } as Outcome;
    expect(await store.settlements.settle(workerId, [{ job: claimed, outcome }])).toHaveLength(1);
    expect(await read(job.id)).toMatchObject({ state, attempt: 0, crashes: 1, error: JSON.stringify(error) });
    expect(await store.database.rows<Row>('SELECT kind FROM job_failures')).toEqual([{ kind: 'crashed' }]);
    await booksEqualRows();
  });

  it.each(['claimHinted', 'claimDue'] as const)(
    '%s claims no more jobs that must run alone than there is room for',
    async (claim) => {
      const [lost, alsoLost, once, fresh] = [await submit(), await submit(), await submit(), await submit()];
      await store.database.change('UPDATE jobs SET crashes = 2 WHERE id IN (?)', [[lost, alsoLost].map(toBytesOfId)]);
      await store.database.change('UPDATE jobs SET crashes = 1 WHERE id = ?', [toBytesOfId(once)]);
      const claimedWith = async (room: number): Promise<JobId[]> => {
        const request = { ...(await joinWorker(store)), alone: { fromCrashes: 2, room } };
        if (claim === 'claimDue') return (await store.claims.claimDue(request, 10)).map(({ id }) => id);
        const ids = [lost, alsoLost, once, fresh].map(({ id }) => id);
        return (await store.claims.claimHinted(request, ids)).claimed.map(({ id }) => id);
      };
      expect((await claimedWith(0)).sort()).toEqual([once.id, fresh.id].sort());
      expect(await claimedWith(1)).toHaveLength(1);
      expect(await claimedWith(1)).toHaveLength(1);
      expect(await claimedWith(1)).toEqual([]);
    },
  );

  it.each(['claimHinted', 'claimDue'] as const)(
    '%s doubts what it finds claimed after a COMMIT without an answer, for another claim of the worker may bring it',
    async (claim) => {
      const wire = await FaultyWire.before(store.url);
      const database = new Database({ ...DATABASE_DEFAULTS, url: wire.url, connections: 1 });
      try {
        const request = await joinWorker(store);
        const claims = new JobClaimStore(database);
        const run = async ({ id }: NewJob): Promise<readonly ClaimedJob[]> =>
          claim === 'claimDue' ? claims.claimDue(request, 1) : (await claims.claimHinted(request, [id])).claimed;
        await run(await submit()); // the first of a queue opens its books as well
        wire.watch();
        expect((await run(await submit())).map(({ isDoubtful }) => isDoubtful)).toEqual([undefined]);
        const nth = wire.statements.length; // the COMMIT, or what it goes along with
        const job = await submit();
        wire.watch({ nth, fault: { kind: 'lost-after' } });
        const claimed = await run(job);
        expect(wire.fired).toBe(true);
        expect(claimed).toMatchObject([{ id: job.id, fence: 1, isDoubtful: true }]);
      } finally {
        await database.close();
        await wire.close();
      }
    },
  );

  it('reaps only what lost workers held, and gives the attempt back', async () => {
    const [lost, alive] = [await submit(), await submit()];
    const { workerId } = await claimOne(lost);
    await claimOne(alive);
    await store.database.change('UPDATE workers SET lease_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = ?', [
      toBytes(workerId),
    ]);
    expect(await store.lostWorkers.removeLostWorkers(10)).toHaveLength(1);
    expect((await store.lostWorkers.reapOrphans(3, 10)).map(({ id }) => id)).toEqual([lost.id]);
    expect(await read(lost.id)).toMatchObject({ state: 'pending', attempt: 0, crashes: 1 });
    expect(await read(alive.id)).toMatchObject({ state: 'running', crashes: 0 });
  });

  it('buries a job that lost too many workers', async () => {
    const job = await submit();
    for (let crash = 1; crash <= 3; crash++) {
      const { workerId } = await claimOne(job);
      await store.workers.deregister(workerId);
      await store.lostWorkers.reapOrphans(3, 10);
    }
    expect(await read(job.id)).toMatchObject({ state: 'dead', crashes: 3 });
    const kinds = await store.database.rows('SELECT kind FROM job_failures');
    expect(kinds).toEqual([{ kind: 'crashed' }, { kind: 'crashed' }, { kind: 'crashed' }]);
    await booksEqualRows();
  });

  it('cancels a waiting job at once, asks for a running one, and refuses a finished one', async () => {
    const [waiting, running] = [await submit(), await submit()];
    const { workerId, claimed } = await claimOne(running);
    expect(await store.operations.cancel('default', waiting.id)).toEqual({ kind: 'done', value: { to: 'cancelled' } });
    expect(await store.operations.cancel('default', running.id)).toEqual({
      kind: 'done',
      value: { to: 'cancelling', workerId },
    });
    expect(await store.settlements.findCancelRequests(workerId)).toEqual([running.id]);
    await store.settlements.settle(workerId, [{ job: claimed, outcome: { kind: 'cancelled' } }]);
    expect(await store.operations.cancel('default', running.id)).toMatchObject({ kind: 'refused', state: 'cancelled' });
    expect(await store.operations.cancel('stranger', waiting.id)).toEqual({ kind: 'unknown-job' });
    await booksEqualRows();
  });

  it('starts a new generation when a finished job is retried', async () => {
    const job = await submit();
    const { workerId, claimed } = await claimOne(job);
    const now = store.clock.now();
    expect(await store.operations.retry('default', job.id, now)).toMatchObject({ kind: 'refused', state: 'running' });
    await store.settlements.settle(workerId, [{ job: claimed, outcome: { kind: 'dead', failure: failureAt(now) } }]);
    expect(await store.operations.retry('default', job.id, now)).toMatchObject({ kind: 'done' });
    expect(await read(job.id)).toMatchObject({ state: 'pending', generation: 2, attempt: 0, fence: 1, error: null });
    expect((await claimOne(job)).claimed).toMatchObject({ attempt: 1, fence: 2 });
    await booksEqualRows();
  });

  it('expires what waited past its deadline, and nothing else', async () => {
    const now = store.clock.now();
    const late = await submit({ deadline: now - 1_000 });
    const inTime = await submit({ deadline: now + 60_000 });
    expect(await store.pending.expireOverdue(10)).toEqual([late.id]);
    expect((await read(inTime.id))?.state).toBe('pending');
    await booksEqualRows();
  });

  it('inserts a submission whole or not at all, without harm to its neighbours', async () => {
    const taken = await submit();
    const [a, b, c] = [newJob(store.clock), newJob(store.clock), newJob(store.clock)];
    expect(await store.submissions.insert([[a], [b, taken], [c]])).toEqual([undefined, [taken.id], undefined]);
    expect([await read(a.id), await read(b.id), await read(c.id)].map((row) => row?.state)).toEqual([
      'pending',
      undefined,
      'pending',
    ]);
    await booksEqualRows();
  });

  it('stores nothing of a submission of several statements when only the last job of it is refused', async () => {
    const taken = await submit();
    const payload = JSON.stringify('x'.repeat(256 * 1024));
    const fresh = Array.from({ length: 10 }, () => newJob(store.clock, { payload }));
    expect(await store.submissions.insert([[...fresh, taken]])).toEqual([[taken.id]]);
    expect(await store.database.rows('SELECT COUNT(*) AS n FROM jobs')).toEqual([{ n: 1 }]);
    expect(await store.submissions.insert([fresh])).toEqual([undefined]);
    expect(await store.database.rows('SELECT COUNT(*) AS n FROM jobs')).toEqual([{ n: 11 }]);
    await booksEqualRows();
  });

  it('counts the same after tallies are rolled up', async () => {
    for (let n = 0; n < 5; n++) await submit({ queue: n % 2 === 0 ? 'even' : 'odd' });
    await submit({ queue: 'odd', runAt: store.clock.now() + 3_600_000 });
    const read = async () => ({
      tenant: inOrder(await store.books.balance('default')),
      queues: [...(await store.books.balanceByQueue('default', ['even', 'odd']))].map(([name, own]) => [
        name,
        inOrder(own),
      ]),
      recent: await store.books.recent('default', 60, 'even'),
      minutes: await store.books.byMinute('default', 60),
      names: await store.books.findQueues('default', '', 10),
    });
    const before = await read();
    expect(await store.tallies.rollUp(1_000)).toBeGreaterThan(0);
    expect(await store.database.rows('SELECT 1 FROM tallies')).toEqual([]);
    expect(await read()).toEqual(before);
    await submit({ queue: 'even' });
    await booksEqualRows();
    await store.tallies.rollUp(1_000);
    await booksEqualRows();
  });

  it('forgets slices of time and due times that are past, and only those', async () => {
    await submit({ queue: 'books', runAt: store.clock.now() + 60_000 });
    await store.tallies.rollUp(1_000);
    const copy = (table: string, time: string, columns: string): Promise<unknown> =>
      store.database.change(
        `INSERT INTO ${table} SELECT tenant, queue, span, ${time} - INTERVAL 5 DAY, ${columns} FROM ${table} WHERE queue = 'books'`,
      );
    const read = (): Promise<unknown> =>
      store.database.rows(
        "SELECT span, starts_at AS at FROM tally_slices WHERE queue = 'books' UNION SELECT span, due_at FROM tally_dues WHERE queue = 'books' ORDER BY 1, 2",
      );
    const before = await read();
    await copy('tally_slices', 'starts_at', 'event, n');
    await copy('tally_dues', 'due_at', 'n');
    expect(await store.tallies.forgetPast(1_000)).toBeGreaterThan(0);
    expect(await store.tallies.forgetPast(1_000)).toBe(0);
    expect(await read()).toEqual(before);
  });

  it('knows a claim again whose answer was lost', async () => {
    const job = await submit();
    const { workerId } = await claimOne(job);
    expect((await store.claims.findHeld(workerId)).map(({ id }) => id)).toEqual([job.id]);
  });
});

/** The same account, whatever order its sums came in. */
function inOrder({ sums, scheduled }: Account): unknown {
  return { scheduled, sums: sums.map((sum) => JSON.stringify(sum)).sort() };
}

function failureAt(now: number) {
  return { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false, failedAt: now } as const;
}

function toBytesOfId({ id }: NewJob): Buffer {
  return toBytes(id);
}
