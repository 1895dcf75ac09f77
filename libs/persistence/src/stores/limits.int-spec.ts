import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  HELD_BY_A_TURN,
  type Claim,
  type ClaimedJob,
  type ClaimRequest,
  type JobId,
  type NewJob,
  type QueuePolicy,
} from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

/** Real servers, shared with whatever else runs on this machine. */
jest.setTimeout(60_000);

const MINUTE_MS = 60_000;
const FAILED = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false } as const;

/** Each worker is hinted at others, as the index does. */
function anyOf(ids: readonly JobId[], n: number): JobId[] {
  const from = Math.floor(Math.random() * ids.length);
  return [...ids.slice(from), ...ids.slice(0, from)].slice(0, n);
}

describe('the limits of a queue', () => {
  let store: ScratchStore;
  let worker: ClaimRequest & { readonly workerId: string };
  let begin: number;
  let made = 0;

  beforeAll(async () => {
    store = await openScratchStore({ connections: 12 });
    begin = store.clock.now() - 60_000;
  });

  afterAll(() => store.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'ordered_jobs', 'queue_policies', 'gates'])
      await store.database.change(`DELETE FROM ${table}`);
    worker = await joinWorker(store);
  });

  /** Each later than the one before. */
  async function submit(n: number, fields: Partial<NewJob> = {}): Promise<JobId[]> {
    const jobs = Array.from({ length: n }, () => newJob(store.clock, { runAt: begin + made++, ...fields }));
    await store.submissions.insert([jobs]);
    return jobs.map(({ id }) => id);
  }

  const limit = (policy: Partial<QueuePolicy>, tenant = 'default'): Promise<QueuePolicy> =>
    store.policies.change(tenant, 'default', () => ({ all: {}, perKey: {}, weights: {}, ...policy }));
  const claim = (ids: readonly JobId[], by = worker): Promise<Claim> => store.claims.claimHinted(by, ids);
  const idsOf = (jobs: readonly { id: JobId }[]): JobId[] => jobs.map(({ id }) => id);

  async function succeed(jobs: readonly ClaimedJob[], by = worker): Promise<void> {
    const outcome = { kind: 'succeeded', result: undefined } as const;
    await store.settlements.settle(
      by.workerId,
      jobs.map((job) => ({ job, outcome })),
    );
  }

  it('let one job with a concurrency key run at a time, and keep no other key', async () => {
    const [keyed, [other]] = [await submit(3, { concurrencyKey: 'k' }), await submit(1, { concurrencyKey: 'other' })];
    const { claimed, waiting, openings } = await claim([...keyed, other ?? '']);
    expect(idsOf(claimed).sort()).toEqual([keyed[0], other].sort());
    expect(waiting.map(({ id, isLimited, concurrencyKey }) => [id, isLimited, concurrencyKey]).sort()).toEqual(
      [keyed[1], keyed[2]].map((id) => [id, true, 'k']).sort(),
    );
    expect(openings).toContainEqual({ gate: { tenant: 'default', concurrencyKey: 'k' }, room: 0, isRelative: false });
    expect((await claim(keyed.slice(1))).claimed).toEqual([]);
    await succeed(claimed);
    expect(idsOf((await claim(keyed.slice(1))).claimed)).toEqual([keyed[1]]);
  });

  it('count what runs, so that a lost worker leaves no slot taken', async () => {
    const [first, second] = await submit(2, { concurrencyKey: 'k' });
    const lost = await joinWorker(store);
    expect((await claim([first ?? ''], lost)).claimed).toHaveLength(1);
    await store.workers.deregister(lost.workerId);
    expect((await claim([second ?? ''])).claimed).toEqual([]);
    await store.lostWorkers.reapOrphans(3, 10);
    expect(idsOf((await claim([second ?? ''])).claimed)).toEqual([second]);
  });

  it('hold for the jobs of the tenant that set them, whatever their keys', async () => {
    await limit({ all: { concurrency: 2 }, perKey: { concurrency: 2 } });
    const own = [...(await submit(2)), ...(await submit(2, { concurrencyKey: 'k' }))];
    const others = await submit(4, { tenant: 'other' });
    const { claimed, openings } = await claim([...own, ...others]);
    expect(idsOf(claimed).sort()).toEqual([own[0], own[1], ...others].sort());
    expect(claimed.filter(({ isLimited }) => isLimited)).toHaveLength(2);
    expect(openings).toContainEqual({ gate: { tenant: 'default' }, room: 0, isRelative: false });
    await limit({});
    expect((await claim(own.slice(2))).claimed).toHaveLength(1);
  });

  it('are obeyed by any number of workers that claim at once', async () => {
    await limit({ all: { concurrency: 5 }, perKey: { concurrency: 2 } });
    const ids = [...(await submit(20, { concurrencyKey: 'a' })), ...(await submit(20, { concurrencyKey: 'b' }))];
    const workers = await Promise.all(Array.from({ length: 8 }, () => joinWorker(store)));
    let finished = 0;
    let most = 0;
    const work = async (by: typeof worker): Promise<void> => {
      while (finished < ids.length) {
        const { claimed } = await claim(anyOf(ids, 6), by);
        const running = await store.database.rows<Row & { n: number }>(
          "SELECT COUNT(*) AS n FROM jobs WHERE state = 'running' GROUP BY concurrency_key",
        );
        for (const { n } of running) expect(n).toBeLessThanOrEqual(2);
        most = Math.max(most, ...running.map(({ n }) => n));
        if (claimed.length > 0) await succeed(claimed, by);
        finished += claimed.length;
      }
    };
    await Promise.all(workers.map(work));
    expect(most).toBe(2);
  });

  it('let through at a rate, in bursts, by the clock of MySQL', async () => {
    await limit({ all: { rate: { limit: 60, perMs: 60 * MINUTE_MS, burst: 3 } } });
    const ids = await submit(5);
    const before = store.clock.now();
    const { claimed, openings } = await claim(ids);
    expect(idsOf(claimed).sort()).toEqual(ids.slice(0, 3).sort());
    await succeed(claimed);
    const { claimed: none, openings: shut } = await claim(ids.slice(3));
    expect([none, openings[0]?.room, shut[0]?.room]).toEqual([[], 0, 0]);
    expect(Math.abs((shut[0]?.until ?? 0) - (before + MINUTE_MS))).toBeLessThan(10_000);
    await store.database.change('UPDATE gates SET due_us = due_us - ? * 1000', [MINUTE_MS]);
    expect((await claim(ids.slice(3))).claimed).toHaveLength(1);
  });

  describe('where jobs keep their order', () => {
    const ordered = { concurrencyKey: 'k', isOrdered: true };

    it('start the first, whichever is hinted at', async () => {
      const [first, second, third] = (await submit(3, ordered)) as [JobId, JobId, JobId];
      const { claimed, waiting } = await claim([third]);
      expect([idsOf(claimed), idsOf(waiting)]).toEqual([[first], [third]]);
      expect((await claim([second, third])).claimed).toEqual([]);
      await succeed(claimed);
      expect(idsOf((await claim([third])).claimed)).toEqual([second]);
    });

    it('start the first also when it has lost workers, in a process of its own where there is one', async () => {
      const [first, second] = (await submit(2, ordered)) as [JobId, JobId];
      await store.database.change('UPDATE jobs SET crashes = 2 WHERE id = ?', [toBytes(first)]);
      const full = { ...worker, alone: { ...worker.alone, room: 0 } };
      expect((await claim([second], full)).claimed).toEqual([]);
      expect(idsOf((await claim([second])).claimed)).toEqual([first]);
    });

    it('keep the next through the retries of the one before, until the very time', async () => {
      await limit({ perKey: { concurrency: 5 } });
      const [first, second] = (await submit(2, ordered)) as [JobId, JobId];
      const [job] = (await claim([first])).claimed as [ClaimedJob];
      const runAt = store.clock.now() + MINUTE_MS;
      const failure = { ...FAILED, failedAt: store.clock.now() };
      await store.settlements.settle(worker.workerId, [{ job, outcome: { kind: 'retried', failure, runAt } }]);
      const { claimed, openings } = await claim([second]);
      expect([claimed, openings[0]?.until]).toEqual([[], runAt]);
      await store.operations.cancel('default', first);
      expect(idsOf((await claim([second])).claimed)).toEqual([second]);
    });

    it('keep only those that keep the order with them: another with the key starts, and the index is told so', async () => {
      const [unordered] = await submit(1, { concurrencyKey: 'k' });
      const dependencies = [{ dependsOn: unordered ?? '', condition: 'succeeded' }] as const;
      await submit(1, { ...ordered, dependencies });
      const [next] = await submit(1, ordered);
      const { claimed, openings } = await claim([next ?? '']);
      expect([claimed, openings.map(({ room }) => room)]).toEqual([[], [HELD_BY_A_TURN]]);
      expect(idsOf((await claim([next ?? '', unordered ?? ''])).claimed)).toEqual([unordered]);
      expect((await claim([next ?? ''])).openings.map(({ room }) => room)).toEqual([0]); // one with the key runs
    });

    it('forget the order of what has finished', async () => {
      const ids = await submit(3, ordered);
      for (const id of ids) await succeed((await claim([id])).claimed);
      const [last] = await submit(1, ordered);
      expect(idsOf((await claim([last ?? ''])).claimed)).toEqual([last]);
      expect(await store.database.rows('SELECT seq FROM ordered_jobs')).toHaveLength(1);
    });
  });

  it('are for the default of one job at a key no news to the index, which has let one through', async () => {
    const [first, second] = (await submit(2, { concurrencyKey: 'k' })) as [JobId, JobId];
    const { claimed, openings } = await claim([first]);
    expect([idsOf(claimed), openings]).toEqual([[first], []]);
    expect((await claim([second])).openings).toMatchObject([{ room: 0 }]);
  });

  describe('without the index', () => {
    it('start by priority, and where it ages by how long they have waited, too', async () => {
      const low = await submit(3, { runAt: begin - MINUTE_MS });
      const high = await submit(3, { priority: 5 });
      const claimDue = async (n: number): Promise<JobId[]> => idsOf(await store.claims.claimDue(worker, n));
      expect((await claimDue(1)).map((id) => high.includes(id))).toEqual([true]);
      await limit({ agingMs: MINUTE_MS / 6 });
      expect((await claimDue(2)).map((id) => low.includes(id))).toEqual([true, true]);
      await limit({ agingMs: MINUTE_MS });
      expect((await claimDue(2)).map((id) => high.includes(id))).toEqual([true, true]);
      expect((await claimDue(9)).map((id) => low.includes(id))).toEqual([true]);
    });

    it("hold as well, and what waits at a shut gate is in nobody's way", async () => {
      await submit(300, { concurrencyKey: 'k' });
      const [other] = await submit(1, { id: randomUUID() });
      const claimed = await store.claims.claimDue(worker, 5);
      expect(claimed).toHaveLength(2);
      expect(idsOf(claimed)).toContain(other);
      expect(await store.claims.claimDue(worker, 5)).toEqual([]);
    });

    it('let as many run as a tenant wants', async () => {
      await limit({ all: { concurrency: 3 } });
      await submit(10);
      expect(await store.claims.claimDue(worker, 8)).toHaveLength(3);
      expect(await store.claims.claimDue(worker, 8)).toEqual([]);
    });
  });
});
