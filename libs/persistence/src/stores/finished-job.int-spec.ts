import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FinishedState, NewJob, Outcome } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { positionBefore } from './pending-job.store.ts';

const DAY_MS = 86_400_000;
const TABLES = ['jobs', 'job_tags', 'job_failures', 'workers', 'tallies', 'tally_totals'];

describe('pruning finished jobs', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  beforeEach(async () => {
    for (const table of TABLES) await store.database.change(`DELETE FROM ${table}`);
  });

  afterAll(() => store.close());

  async function submit(fields: Partial<NewJob> = {}): Promise<NewJob> {
    const job = newJob(store.clock, { tags: ['a', 'grün'], ...fields });
    await store.submissions.insert([[job]]);
    return job;
  }

  async function finish({ id }: NewJob, kind: 'succeeded' | 'dead' = 'succeeded'): Promise<void> {
    const request = await joinWorker(store);
    const [job] = (await store.claims.claimHinted(request, [id])).claimed;
    if (!job) throw new Error('not claimed');
    const error = { name: 'Error', message: 'no' };
    const failure = { kind: 'failed', error, final: false, failedAt: store.clock.now() } as const;
    const outcome: Outcome = kind === 'dead' ? { kind, failure } : { kind, result: '1' };
    await store.settlements.settle(request.workerId, [{ job, outcome }]);
  }

  /** As if it had happened days ago. */
  async function age({ id }: NewJob, days: number): Promise<void> {
    await store.database.change(
      'UPDATE jobs SET finished_at = finished_at - INTERVAL ? DAY, run_at = run_at - INTERVAL ? DAY WHERE id = ?',
      [days, days, toBytes(id)],
    );
  }

  async function prune(state: FinishedState, keptMs: number, limit = 10): Promise<number> {
    let pruned = 0;
    for (const head of await store.finished.findHeads(state)) {
      for (let position: typeof head.first | undefined = head.first; position;) {
        const page = await store.finished.prunePage(head, position, keptMs, limit);
        pruned += page.pruned;
        position = page.next;
      }
    }
    return pruned;
  }

  async function count(table: string): Promise<number> {
    const [row] = await store.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM ${table}`);
    return row?.n ?? -1;
  }

  it('deletes what finished long enough ago, with its tags and failures, and nothing else', async () => {
    const [old, young, waiting] = [await submit(), await submit(), await submit()];
    for (const job of [old, young]) await finish(job, 'dead');
    await age(old, 2);
    expect(await prune('dead', DAY_MS)).toBe(1);
    expect(await prune('dead', DAY_MS)).toBe(0);
    const left = await store.database.rows<Row & { id: Buffer }>('SELECT id FROM jobs ORDER BY id');
    expect(left.map(({ id }) => id)).toEqual(
      [young, waiting].map(({ id }) => toBytes(id)).sort((one, other) => Buffer.compare(one, other)),
    );
    expect({ tags: await count('job_tags'), failures: await count('job_failures') }).toEqual({ tags: 4, failures: 1 });
  });

  it('finds every job, whatever it was due at and however small the pages are', async () => {
    const now = store.clock.now();
    const jobs = await Promise.all(
      Array.from({ length: 23 }, (_, n) => submit({ priority: n % 2, runAt: n % 3 === 0 ? now - 1_000 : now - n })),
    );
    for (const job of jobs) await finish(job);
    for (const job of jobs.slice(0, 20)) await age(job, 2);
    expect(await prune('succeeded', DAY_MS, 3)).toBe(20);
    expect(await count('jobs')).toBe(3);
  });

  it('finds a cancelled job that was to run next year', async () => {
    const job = await submit({ runAt: store.clock.now() + 365 * DAY_MS });
    await store.operations.cancel('default', job.id);
    await store.database.change('UPDATE jobs SET finished_at = finished_at - INTERVAL 2 DAY');
    expect(await prune('cancelled', DAY_MS)).toBe(1);
  });

  it('leaves a job alone that somebody runs again at this moment', async () => {
    const job = await submit();
    await finish(job);
    await age(job, 2);
    const [head] = await store.finished.findHeads('succeeded');
    if (!head) throw new Error('no head');
    await store.database.transaction(async (session) => {
      await session.rows('SELECT id FROM jobs WHERE id = ? FOR UPDATE', [toBytes(job.id)]);
      expect(await store.finished.prunePage(head, head.first, DAY_MS, 10)).toEqual({ pruned: 0, next: undefined });
    });
    await store.operations.retry('default', job.id, store.clock.now());
    expect((await store.finished.prunePage(head, positionBefore(0), DAY_MS, 10)).pruned).toBe(0);
    expect(await count('jobs')).toBe(1);
  });

  it('is booked: the job is there no more, and what it did is remembered', async () => {
    const job = await submit();
    await finish(job);
    await age(job, 2);
    await prune('succeeded', DAY_MS);
    const { sums } = await store.books.balance('default');
    expect(sums.map(({ event, from, to, n }) => [event, from, to, n])).toEqual(
      expect.arrayContaining([
        ['submit', undefined, 'pending', 1],
        ['succeed', 'running', 'succeeded', 1],
        ['prune', 'succeeded', undefined, 1],
      ]),
    );
  });
});
