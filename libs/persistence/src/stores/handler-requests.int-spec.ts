import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClaimedJob, LoggedLine, NewJob, Outcome } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

describe('what a handler asks for', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  async function running(id?: string): Promise<{ workerId: string; job: ClaimedJob }> {
    const job = newJob(store.clock);
    if (id === undefined) await store.submissions.insert([[job]]);
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, [id ?? job.id]);
    return { workerId: request.workerId, job: claimed[0] as ClaimedJob };
  }

  const rowOf = async (id: string): Promise<Row | undefined> =>
    (await store.database.rows('SELECT * FROM jobs WHERE id = ?', [toBytes(id)]))[0];
  const adding = (...enqueued: NewJob[]): Outcome => ({ kind: 'succeeded', result: undefined, enqueued });

  describe('a snooze', () => {
    it('brings the job back later, without an attempt', async () => {
      const { workerId, job } = await running();
      const runAt = store.clock.now() + 60_000;
      await store.settlements.settle(workerId, [{ job, outcome: { kind: 'snoozed', runAt } }]);
      expect(await rowOf(job.id)).toMatchObject({ state: 'pending', attempt: 0, fence: 1, run_at: new Date(runAt) });
    });

    it('ends a job that somebody cancels', async () => {
      const { workerId, job } = await running();
      await store.operations.cancel('default', job.id);
      await store.settlements.settle(workerId, [{ job, outcome: { kind: 'snoozed', runAt: job.runAt } }]);
      expect(await rowOf(job.id)).toMatchObject({ state: 'cancelled' });
    });
  });

  describe('a job that it adds', () => {
    it('is there when the success is recorded, in its queue, and not for a stale worker', async () => {
      const { workerId, job } = await running();
      const [first, second, third] = [1, 2, 3].map(() => newJob(store.clock, { queue: `q-${randomUUID()}` }));
      const settlement = { job, outcome: adding(first as NewJob, second as NewJob) };
      expect(await store.settlements.settle(workerId, [settlement])).toHaveLength(1);
      for (const made of [first, second]) expect(await rowOf(made?.id ?? '')).toMatchObject({ state: 'pending' });
      const queues = await store.database.rows<Row & { name: string }>('SELECT name FROM queues WHERE name IN (?)', [
        [first?.queue, second?.queue],
      ]);
      expect(queues).toHaveLength(2);
      const late = { job, outcome: adding(third as NewJob) };
      expect(await store.settlements.settle(workerId, [late])).toEqual([]);
      expect(await rowOf(third?.id ?? '')).toBeUndefined();
    });

    it('meets the one that holds its unique key, and is refused if it wants to be, with the outcome', async () => {
      const unique = { key: randomUUID(), onConflict: 'existing' } as const;
      const holder = newJob(store.clock, { unique });
      await store.unique.insert([[holder]]);
      const one = await running();
      const twin = newJob(store.clock, { unique });
      await store.settlements.settle(one.workerId, [{ job: one.job, outcome: adding(twin) }]);
      expect([(await rowOf(one.job.id))?.['state'], await rowOf(twin.id)]).toEqual(['succeeded', undefined]);
      const other = await running();
      const refused = newJob(store.clock, { unique: { ...unique, onConflict: 'refuse' } });
      const settling = store.settlements.settle(other.workerId, [{ job: other.job, outcome: adding(refused) }]);
      await expect(settling).rejects.toThrow(holder.id);
      expect(await rowOf(other.job.id)).toMatchObject({ state: 'running' });
    });
  });

  describe('a line that it keeps', () => {
    const line = ({ id, fence, attempt }: ClaimedJob, number: number): LoggedLine => ({
      ...{ id, fence, attempt, number },
      at: store.clock.now(),
      line: `line ${number}: grüße 👍`,
    });
    const read = async (id: string): Promise<string[]> =>
      (await store.logs.list(id, { fence: 0, number: 0 }, 1_000)).map((each) => `${each.fence}.${each.number}`);

    it('is written once, under the fence, by the worker that has the job', async () => {
      const { workerId, job } = await running();
      const lines = [line(job, 1), line(job, 2)];
      await store.logs.append(workerId, lines);
      await store.logs.append(workerId, [...lines, line(job, 3)]);
      await store.logs.append(workerId, [{ ...line(job, 4), fence: 2 }]);
      await store.logs.append(randomUUID(), [line(job, 5)]);
      expect(await read(job.id)).toEqual(['1.1', '1.2', '1.3']);
      const [first, ...rest] = await store.logs.list(job.id, { fence: 1, number: 1 }, 1);
      expect([first, rest]).toEqual([{ ...lines[1], id: undefined }, []]);
    });

    it('goes with its job, and earlier with an attempt long ago', async () => {
      let { workerId, job } = await running();
      for (let fence = 1; fence <= 12; fence++) {
        await store.logs.append(workerId, [line(job, 1)]);
        await store.settlements.settle(workerId, [{ job, outcome: { kind: 'snoozed', runAt: job.runAt } }]);
        ({ workerId, job } = await running(job.id));
        await store.logs.forgetOld(job);
      }
      expect(await read(job.id)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12].map((fence) => `${fence}.1`));
      const failure = { kind: 'failed', error: { name: 'E', message: '' }, final: true, failedAt: 0 } as const;
      await store.settlements.settle(workerId, [{ job, outcome: { kind: 'dead', failure } }]);
      await store.deadLetters.discard('default', [job.id], 0);
      expect(await read(job.id)).toEqual([]);
    });
  });
});
