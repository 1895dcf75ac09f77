import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DependencyCondition, IndexEntry, JobId, JobState, NewJob, Outcome } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { UnknownDependencyError } from './dependency-links.ts';

const TABLES = ['jobs', 'job_failures', 'workers', 'tallies', 'dependencies', 'workflows', 'workflow_jobs'];

describe('jobs that wait for jobs', () => {
  let store: ScratchStore;
  let told: IndexEntry[];

  beforeAll(async () => {
    store = await openScratchStore();
    store.database.onReady((entries) => void told.push(...entries));
  });

  afterAll(() => store.close());

  beforeEach(async () => {
    told = [];
    for (const table of TABLES) await store.database.change(`DELETE FROM ${table}`);
  });

  async function submit(
    dependsOn: readonly JobId[] = [],
    condition: DependencyCondition = 'succeeded',
    fields: Partial<NewJob> = {},
  ): Promise<JobId> {
    const dependencies = dependsOn.map((id) => ({ dependsOn: id, condition }));
    const job = newJob(store.clock, { dependencies, ...fields });
    expect(await store.submissions.insert([[job]])).toEqual([undefined]);
    return job.id;
  }

  async function statesOf(...ids: JobId[]): Promise<(JobState | undefined)[]> {
    const rows = await store.database.rows<Row & { id: Buffer; state: JobState }>(
      'SELECT id, state FROM jobs WHERE id IN (?)',
      [ids.map(toBytes)],
    );
    const states = new Map(rows.map(({ id, state }) => [fromBytes(id), state]));
    return ids.map((id) => states.get(id));
  }

  async function claim(...ids: JobId[]) {
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, ids);
    return { workerId: request.workerId, jobs: ids.flatMap((id) => claimed.filter((job) => job.id === id)) };
  }

  const failure = () =>
    ({ kind: 'failed', error: { name: 'Error', message: 'no' }, final: true, failedAt: store.clock.now() }) as const;
  const SUCCEEDED: Outcome = { kind: 'succeeded', result: undefined };
  const dead = (): Outcome => ({ kind: 'dead', failure: failure() });

  async function finish(outcome: Outcome, ...ids: JobId[]): Promise<void> {
    const { workerId, jobs } = await claim(...ids);
    expect(jobs).toHaveLength(ids.length);
    const settled = await store.settlements.settle(
      workerId,
      jobs.map((job) => ({ job, outcome })),
    );
    expect(settled).toHaveLength(ids.length);
  }

  async function booksEqualRows(): Promise<void> {
    const rows = await store.database.rows<Row & { state: string; n: number }>(
      'SELECT state, COUNT(*) AS n FROM jobs GROUP BY state',
    );
    const counted: Record<string, number> = {};
    for (const { from, to, n } of (await store.books.balance('default')).sums) {
      if (to) counted[to] = (counted[to] ?? 0) + n;
      if (from) counted[from] = (counted[from] ?? 0) - n;
    }
    const nonZero = Object.fromEntries(Object.entries(counted).filter(([, n]) => n !== 0));
    expect(nonZero).toEqual(Object.fromEntries(rows.map(({ state, n }) => [state, n])));
  }

  it('start when the last of them has succeeded, and the index is told then', async () => {
    const [first, second] = [await submit(), await submit()];
    const third = await submit([first, second]);
    expect(await statesOf(third)).toEqual(['blocked']);
    expect((await claim(third)).jobs).toEqual([]);
    await finish(SUCCEEDED, first);
    expect(await statesOf(third)).toEqual(['blocked']);
    expect(told).toEqual([]);
    await finish({ kind: 'succeeded', result: '1' }, second);
    expect(await statesOf(third)).toEqual(['pending']);
    expect(told.map(({ id }) => id)).toEqual([third]);
    await finish(SUCCEEDED, third);
    await booksEqualRows();
  });

  it('are settled with the others of a batch, though only some of it keep somebody waiting', async () => {
    const [first, second] = [await submit(), await submit()];
    const waiting = await submit([second]);
    await finish(SUCCEEDED, first, second);
    expect(await statesOf(first, second, waiting)).toEqual(['succeeded', 'succeeded', 'pending']);
  });

  it('are cancelled, and what waits for them, when one fails for good; those that only wait for its end run', async () => {
    const first = await submit();
    const [second, cleanup] = [await submit([first]), await submit([first], 'finished')];
    const [third, report] = [await submit([second, cleanup]), await submit([second], 'finished')];
    await finish(dead(), first);
    expect(await statesOf(second, third)).toEqual(['cancelled', 'cancelled']);
    expect(await statesOf(cleanup, report)).toEqual(['pending', 'pending']);
    expect(told.map(({ id }) => id).sort()).toEqual([cleanup, report].sort());
    expect(await store.dependencies.find(second, 10)).toMatchObject([{ id: first, state: 'dead', isCause: true }]);
    await booksEqualRows();
  });

  it.each<[string, (id: JobId) => Promise<unknown>]>([
    ['cancelled', (id) => store.operations.cancel('default', id)],
    [
      'expired',
      async (id) => {
        await store.database.change('UPDATE jobs SET deadline = UTC_TIMESTAMP(6) WHERE id = ?', [toBytes(id)]);
        await store.pending.expireOverdue(10);
      },
    ],
    [
      'lost with its worker too often',
      async (id) => {
        const { workerId } = await claim(id);
        await store.workers.deregister(workerId);
        await store.lostWorkers.reapOrphans(1, 10);
      },
    ],
    [
      'cancelled while it ran on a worker that was lost',
      async (id) => {
        const { workerId } = await claim(id);
        await store.operations.cancel('default', id);
        await store.workers.deregister(workerId);
        await store.lostWorkers.reapOrphans(3, 10);
      },
    ],
    [
      'cancelled while it ran',
      async (id) => {
        const { workerId, jobs } = await claim(id);
        await store.operations.cancel('default', id);
        await store.settlements.settle(
          workerId,
          jobs.map((job) => ({ job, outcome: { kind: 'cancelled' } })),
        );
      },
    ],
  ])('are decided, too, when the other is %s', async (_, end) => {
    const first = await submit();
    const [second, cleanup] = [await submit([first]), await submit([first], 'finished')];
    await end(first);
    expect(await statesOf(second, cleanup)).toEqual(['cancelled', 'pending']);
    await booksEqualRows();
  });

  it('are decided at once when what they wait for has finished already', async () => {
    const [good, bad] = [await submit(), await submit()];
    await finish(SUCCEEDED, good);
    await finish(dead(), bad);
    const late = [await submit([good]), await submit([bad]), await submit([good, bad], 'finished')];
    expect(await statesOf(...late)).toEqual(['pending', 'cancelled', 'pending']);
    await booksEqualRows();
  });

  it('are not accepted when the other does not exist or is another tenant’s', async () => {
    const others = newJob(store.clock, { tenant: 'other' });
    await store.submissions.insert([[others]]);
    for (const id of [randomUUID(), others.id]) {
      const job = newJob(store.clock, { dependencies: [{ dependsOn: id, condition: 'succeeded' }] });
      await expect(store.submissions.insert([[job]])).rejects.toThrow(UnknownDependencyError);
      expect(await statesOf(job.id)).toEqual([undefined]);
    }
  });

  it('are released once, and never missed, when the last two finish at the same moment', async () => {
    for (let round = 0; round < 15; round++) {
      const pair = [await submit(), await submit()];
      const joins = await Promise.all([1, 2, 3].map(() => submit(pair)));
      told = [];
      const held = await Promise.all(pair.map((id) => claim(id)));
      await Promise.all(
        held.map(({ workerId, jobs }) =>
          store.settlements.settle(
            workerId,
            jobs.map((job) => ({ job, outcome: SUCCEEDED })),
          ),
        ),
      );
      expect(await statesOf(...joins)).toEqual(['pending', 'pending', 'pending']);
      expect(told.map(({ id }) => id).sort()).toEqual([...joins].sort());
    }
    await booksEqualRows();
  });

  it('are neither missed nor doubled when the other finishes while they are submitted', async () => {
    for (let round = 0; round < 25; round++) {
      const first = await submit();
      const { workerId, jobs } = await claim(first);
      const [second] = await Promise.all([
        submit([first]),
        store.settlements.settle(
          workerId,
          jobs.map((job) => ({ job, outcome: SUCCEEDED })),
        ),
      ]);
      expect(await statesOf(first, second)).toEqual(['succeeded', 'pending']);
    }
    await booksEqualRows();
  });

  it('wait again when what they wait for is run again, and so do those that its failure had cancelled', async () => {
    const first = await submit();
    const second = await submit([first]);
    const third = await submit([second]);
    await finish(dead(), first);
    expect(await statesOf(second, third)).toEqual(['cancelled', 'cancelled']);
    told = [];
    await store.operations.retry('default', first, store.clock.now());
    expect(await statesOf(first, second, third)).toEqual(['pending', 'blocked', 'blocked']);
    expect(told.map(({ id }) => id)).toEqual([first]);
    for (const id of [first, second, third]) await finish(SUCCEEDED, id);
    await booksEqualRows();
  });

  it('come back with a dead letter that is run again', async () => {
    const first = await submit();
    const second = await submit([first]);
    await finish(dead(), first);
    await store.deadLetters.retry('default', [first], store.clock.now());
    expect(await statesOf(first, second)).toEqual(['pending', 'blocked']);
    await booksEqualRows();
  });

  it('run when somebody asks for them whatever failed before, but not while another has yet to finish', async () => {
    const [bad, open] = [await submit(), await submit()];
    const [alone, both] = [await submit([bad]), await submit([bad, open])];
    await finish(dead(), bad);
    await store.operations.retry('default', alone, store.clock.now());
    await store.operations.retry('default', both, store.clock.now());
    expect(await statesOf(alone, both)).toEqual(['pending', 'blocked']);
    await finish(SUCCEEDED, open);
    expect(await statesOf(both)).toEqual(['pending']);
  });

  it('that nobody released are found, and decided', async () => {
    const [good, bad, open] = [await submit(), await submit(), await submit()];
    const waiting = [await submit([good]), await submit([bad]), await submit([open])];
    const finished = "UPDATE jobs SET state = ?, finished_at = UTC_TIMESTAMP(6) WHERE id = ? AND state = 'pending'";
    await store.database.change(finished, ['succeeded', toBytes(good)]);
    await store.database.change(finished, ['dead', toBytes(bad)]);
    const [head] = await store.dependencies.findHeads();
    if (!head) throw new Error('no blocked job was found');
    expect(await store.dependencies.decidePage(head, undefined, 100)).toEqual({
      released: 1,
      cancelled: 1,
      loosened: 0,
    });
    expect(await statesOf(...waiting)).toEqual(['pending', 'cancelled', 'blocked']);
    expect(await store.dependencies.decidePage(head, undefined, 100)).toEqual({
      released: 0,
      cancelled: 0,
      loosened: 0,
    });
  });

  it('keep the results that they may read', async () => {
    const first = await submit();
    const second = await submit([first]);
    await finish({ kind: 'succeeded', result: '{"n":1}' }, first);
    await store.database.change("UPDATE jobs SET finished_at = finished_at - INTERVAL 1 DAY WHERE state = 'succeeded'");
    const [head] = await store.finished.findHeads('succeeded');
    if (!head) throw new Error('no finished job was found');
    expect(await store.finished.prunePage(head, head.first, 1_000, 10)).toMatchObject({ pruned: 0 });
    const outcomes = [];
    for await (const outcome of store.dependencies.outcomes(second, 1)) outcomes.push(outcome);
    expect(outcomes).toMatchObject([{ id: first, state: 'succeeded', result: '{"n":1}' }]);
    await finish(SUCCEEDED, second);
    expect(await store.finished.prunePage(head, head.first, 1_000, 10)).toMatchObject({ pruned: 1 });
    expect(await store.dependencies.find(second, 10)).toEqual([]);
  });
});
