import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimedJob, NewJob } from '@holdfast/domain';
import type { Row } from '@holdfast/persistence';
import type { JobContext } from '../../handling/job-context.ts';
import { StopRequest } from '../../running/attempt.ts';
import { Steps } from '../../running/steps.ts';
import { joinWorker, newJob, openScratchStores, type ScratchStores } from '../../testing/scratch-stores.ts';
import type { LetterFilter } from './letter-filter.ts';
import { LetterWalk, PAGE, type LetterOperation } from './letter-walk.ts';

const TABLES = ['jobs', 'job_tags', 'steps', 'workers', 'tallies', 'tally_totals', 'tally_dues'];

describe('the walk through dead letters', () => {
  let store: ScratchStores;
  let walk: LetterWalk;

  beforeAll(async () => {
    store = await openScratchStores();
    walk = new LetterWalk(store.lists, store.books, store.clock);
  });

  beforeEach(async () => {
    for (const table of TABLES) await store.database.change(`DELETE FROM ${table}`);
  });

  afterAll(() => store.close());

  async function die(n: number, fields: Partial<NewJob> = {}): Promise<void> {
    const jobs = Array.from({ length: n }, () => newJob(store.clock, { queue: 'mail', ...fields }));
    await store.submissions.insert([jobs]);
    await store.database.change(
      "UPDATE jobs SET state = 'dead', finished_at = UTC_TIMESTAMP(6) WHERE state = 'pending' AND queue <> 'holdfast'",
    );
    await store.database.change(
      "INSERT INTO tallies (tenant, queue, event, from_state, to_state, n) VALUES (?, ?, 'exhaust', 'pending', 'dead', ?)",
      [fields.tenant ?? 'default', fields.queue ?? 'mail', n],
    );
  }

  const count = async (where: string): Promise<number> =>
    Number((await store.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE ${where}`))[0]?.n);

  /** Attempts of one job, each by another worker, that a test can end. */
  async function ordered() {
    const order = newJob(store.clock, { queue: 'holdfast', type: 'echo' });
    await store.submissions.insert([[order]]);
    const progress: unknown[] = [];
    const attempt = async () => {
      const request = await joinWorker(store, 'holdfast');
      const [job] = (await store.claims.claimHinted(request, [order.id])).claimed as [ClaimedJob];
      const { workerId } = request;
      const stop = new AbortController();
      const steps = new Steps({ job, workerId, stop }, store.steps);
      const step: JobContext['step'] = (name, work) => steps.step(name, work);
      const report = (value: unknown): void => void progress.push(value);
      const context = { tenant: job.tenant, signal: stop.signal, step, progress: report } as unknown as JobContext;
      const lose = async (): Promise<void> => {
        await store.workers.deregister(workerId);
        await store.lostWorkers.reapOrphans(3, 10);
      };
      return { context, stop, lose };
    };
    return { attempt, progress };
  }

  const retry: LetterOperation = (...values) => store.deadLetters.retry(...values);
  const all = (): LetterFilter => ({ diedBefore: store.clock.now() + 1_000 });

  it('does them all, in parts of growing length, and tells how far it is', async () => {
    await die(2_300);
    const { attempt, progress } = await ordered();
    const { context } = await attempt();
    expect(await walk.walk({ filter: all(), context, operation: retry })).toBe(2_300);
    expect(await count("state = 'dead'")).toBe(0);
    expect(progress[0]).toEqual({ done: PAGE, ofAtMost: 2_300 });
    expect(progress.at(-1)).toEqual({ done: 2_300, ofAtMost: 2_300 });
    expect(await store.database.rows('SELECT name FROM steps')).toHaveLength(2);
  });

  it('touches only what the filter says, of its own tenant', async () => {
    await die(3);
    for (const other of [{ tenant: 'theirs' }, { queue: 'other' }, { type: 'sleep' }, { tags: ['b'] }]) {
      await die(2, { tags: ['a'], ...other });
    }
    await die(4, { tags: ['a'] });
    const filter = { ...all(), queue: 'mail', type: 'echo', tag: 'a' };
    const { context } = await (await ordered()).attempt();
    expect(await walk.walk({ filter, context, operation: retry })).toBe(4);
    expect(await count("state = 'dead'")).toBe(11);
    expect(await count("tenant = 'theirs' AND state = 'dead'")).toBe(2);
  });

  it('leaves alone what dies after it was asked for', async () => {
    await die(1);
    const filter = { diedBefore: store.clock.now() + 1 };
    await store.database.change('UPDATE jobs SET finished_at = finished_at + INTERVAL 1 MINUTE');
    const { context } = await (await ordered()).attempt();
    expect(await walk.walk({ filter, context, operation: retry })).toBe(0);
  });

  it('is gone on with by another worker where the lost one was, and counts what that had recorded', async () => {
    await die(2_300);
    const { attempt } = await ordered();
    const first = await attempt();
    let pages = 0;
    const breaking: LetterOperation = (...values) => {
      if (++pages > 6) throw new Error('the process ended');
      return retry(...values);
    };
    await expect(walk.walk({ filter: all(), context: first.context, operation: breaking })).rejects.toThrow('ended');
    await first.lose();
    const asked: number[] = [];
    const counting: LetterOperation = (tenant, ids, ...rest) => {
      asked.push(ids.length);
      return retry(tenant, ids, ...rest);
    };
    const second = await attempt();
    const done = await walk.walk({ filter: all(), context: second.context, operation: counting });
    expect(done).toBe(2_300 - 2 * PAGE); // two pages were done and not recorded
    expect(asked.reduce((sum, n) => sum + n, 0)).toBe(2_300 - 6 * PAGE);
    expect(await count("state = 'dead'")).toBe(0);
  });

  it('records what it did when it is told to stop, and misses nothing then', async () => {
    await die(1_200);
    const { attempt } = await ordered();
    const first = await attempt();
    const stopping: LetterOperation = (...values) => {
      first.stop.abort(new StopRequest('shutdown'));
      return retry(...values);
    };
    await expect(walk.walk({ filter: all(), context: first.context, operation: stopping })).rejects.toThrow(
      'told to stop',
    );
    expect(await count("state = 'dead'")).toBe(1_200 - PAGE);
    await first.lose();
    const { context } = await attempt();
    expect(await walk.walk({ filter: all(), context, operation: retry })).toBe(1_200);
  });

  it('of a worker that was taken for lost ends before its next part', async () => {
    await die(1_200);
    const first = await (await ordered()).attempt();
    const losing: LetterOperation = async (...values) => {
      await first.lose();
      return retry(...values);
    };
    await expect(walk.walk({ filter: all(), context: first.context, operation: losing })).rejects.toThrow('lease-lost');
    expect(await count("state = 'dead'")).toBe(200);
  });

  it('discards, too', async () => {
    await die(300);
    const { context } = await (await ordered()).attempt();
    const operation: LetterOperation = (...values) => store.deadLetters.discard(...values);
    expect(await walk.walk({ filter: all(), context, operation })).toBe(300);
    expect(await count("queue = 'mail'")).toBe(0);
  });
});
