import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NewJob } from '@holdfast/domain';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { Database, type Row } from '../database/database.ts';
import { CommitCutter, type Cut } from '../testing/commit-cutter.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { JobClaimStore } from './job-claim.store.ts';
import { JobSettlementStore } from './job-settlement.store.ts';
import { JobSubmissionStore } from './job-submission.store.ts';

describe.each<[string, Cut]>([
  ['whose answer is lost', 'answer'],
  ['that arrives after its connection broke', 'connection'],
])('a commit %s', (_, cut) => {
  let store: ScratchStore;
  let cutter: CommitCutter;
  let cutDatabase: Database;

  beforeAll(async () => {
    store = await openScratchStore();
    cutter = await CommitCutter.before(store.url);
    cutDatabase = new Database({ ...DATABASE_DEFAULTS, url: cutter.url, connections: 3 });
  });

  afterAll(async () => {
    await cutDatabase.close();
    await cutter.close();
    await store.close();
  });

  beforeEach(async () => {
    for (const table of ['jobs', 'workers', 'tallies']) await store.database.change(`DELETE FROM ${table}`);
    await cutDatabase.rows('SELECT 1'); // connected before the wire is cut
  });

  async function booksAndRows(): Promise<{ books: Record<string, number>; rows: Record<string, number> }> {
    const states = await store.database.rows<Row & { state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM jobs GROUP BY state',
    );
    const books: Record<string, number> = {};
    for (const { from, to, n } of await store.tallies.sum('default')) {
      books[to] = (books[to] ?? 0) + n;
      if (from) books[from] = (books[from] ?? 0) - n;
    }
    const kept = Object.fromEntries(Object.entries(books).filter(([, n]) => n !== 0));
    return { books: kept, rows: Object.fromEntries(states.map(({ state, n }) => [state, n])) };
  }

  async function submitted(n: number): Promise<NewJob[]> {
    const jobs = Array.from({ length: n }, () => newJob(store.clock));
    await store.submissions.insert([jobs]);
    return jobs;
  }

  it('of a submission makes each job once and refuses none', async () => {
    const submissions = [[newJob(store.clock)], [newJob(store.clock), newJob(store.clock)]];
    cutter.arm(cut);
    expect(await new JobSubmissionStore(cutDatabase).insert(submissions)).toEqual([undefined, undefined]);
    expect(await booksAndRows()).toEqual({ books: { pending: 3 }, rows: { pending: 3 } });
  });

  it('of a claim gives the worker every job that runs under its name', async () => {
    const jobs = await submitted(5);
    const request = await joinWorker(store);
    cutter.arm(cut);
    const { claimed } = await new JobClaimStore(cutDatabase).claimHinted(
      request,
      jobs.map(({ id }) => id),
    );
    expect(claimed.map(({ id }) => id).sort()).toEqual(jobs.map(({ id }) => id).sort());
    expect(await booksAndRows()).toEqual({ books: { running: 5 }, rows: { running: 5 } });
  });

  it('of a claim without hints does, too', async () => {
    await submitted(10);
    const request = await joinWorker(store);
    cutter.arm(cut);
    const claimed = await new JobClaimStore(cutDatabase).claimDue(request, 5);
    const running = await store.claims.findHeld(request.workerId);
    expect(claimed.map(({ id }) => id).sort()).toEqual(running.map(({ id }) => id).sort());
    const { books, rows } = await booksAndRows();
    expect(books).toEqual(rows);
  });

  it('of an outcome records and counts it once', async () => {
    const [job] = await submitted(1);
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, [job?.id ?? '']);
    cutter.arm(cut);
    const settlements = claimed.map((each) => ({ job: each, outcome: { kind: 'succeeded', result: '1' } as const }));
    await new JobSettlementStore(cutDatabase).settle(request.workerId, settlements);
    expect(await booksAndRows()).toEqual({ books: { succeeded: 1 }, rows: { succeeded: 1 } });
  });
});
