import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClaimedJob, EffectClaim, WorkerId } from '@holdfast/domain';
import type { Database } from '../database/database.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { EffectStore } from './effect.store.ts';

/** A job that a worker of its own runs. */
interface Running {
  readonly workerId: WorkerId;
  readonly job: ClaimedJob;
}

const OURS = { kind: 'ours' } as const;
const UNDER_WAY = { kind: 'under-way' } as const;

describe('an effect that jobs share', () => {
  let store: ScratchStore;
  let key: string;
  let keys = 0;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  async function run(tenant = 'default'): Promise<Running> {
    const job = newJob(store.clock, { tenant });
    await store.submissions.insert([[job]]);
    return claimJob(job.id);
  }

  async function claimJob(id: string): Promise<Running> {
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, [id]);
    return { workerId: request.workerId, job: claimed[0] as ClaimedJob };
  }

  async function loseWorkerOf({ workerId }: Running): Promise<void> {
    await store.workers.deregister(workerId);
    await store.lostWorkers.reapOrphans(10, 1_000);
  }

  const newKey = (): string => (key = `key ${++keys}`);
  const claim = ({ workerId, job }: Running): Promise<EffectClaim> => store.effects.claim(workerId, job, key);
  const record = ({ workerId, job }: Running, result?: string) => store.effects.record(workerId, job, key, { result });

  it('is for the first to do, and every other gets what was recorded', async () => {
    newKey();
    const [first, second] = [await run(), await run()];
    expect(await claim(first)).toEqual(OURS);
    expect(await claim(first)).toEqual(OURS);
    expect(await claim(second)).toEqual(UNDER_WAY);
    expect(await record(first, '{"id":7}')).toEqual({ result: '{"id":7}' });
    expect(await claim(second)).toEqual({ kind: 'recorded', effect: { result: '{"id":7}' } });
    expect(await record(first, '8')).toEqual({ result: '{"id":7}' });
    await loseWorkerOf(first);
    expect(await claim(second)).toEqual({ kind: 'recorded', effect: { result: '{"id":7}' } });
  });

  it('that returned nothing is recorded, too', async () => {
    newKey();
    const first = await run();
    await claim(first);
    expect(await record(first)).toEqual({});
    expect(await claim(await run())).toEqual({ kind: 'recorded', effect: {} });
  });

  it('is another one for another tenant', async () => {
    newKey();
    expect(await claim(await run('one'))).toEqual(OURS);
    expect(await claim(await run('two'))).toEqual(OURS);
  });

  it('is taken over by exactly one when the attempt that had it is over, and that one cannot record it', async () => {
    newKey();
    const lost = await run();
    await claim(lost);
    const others = await Promise.all(Array.from({ length: 20 }, () => run()));
    expect(await Promise.all(others.map(claim))).toEqual(others.map(() => UNDER_WAY));
    await loseWorkerOf(lost);
    const claims = await Promise.all(others.map(claim));
    expect(claims.filter(({ kind }) => kind === 'ours')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'under-way')).toHaveLength(19);
    expect(await record(lost, '1')).toBeUndefined();
    const heir = others[claims.findIndex(({ kind }) => kind === 'ours')] as Running;
    expect(await record(heir, '2')).toEqual({ result: '2' });
  });

  it('has one owner, however many ask at once', async () => {
    newKey();
    const all = await Promise.all(Array.from({ length: 20 }, () => run()));
    const claims = await Promise.all(all.map(claim));
    expect(claims.filter(({ kind }) => kind === 'ours')).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === 'under-way')).toHaveLength(19);
  });

  it('is neither claimed nor recorded by a worker from which the job was taken', async () => {
    newKey();
    const lost = await run();
    await claim(lost);
    await loseWorkerOf(lost);
    expect(await record(lost, '1')).toBeUndefined(); // nobody else has it yet
    expect(await claim(lost)).toEqual({ kind: 'job-lost' });
    const next = await claimJob(lost.job.id);
    expect(await claim(next)).toEqual(OURS);
    expect(await record(lost, '1')).toBeUndefined();
    expect(await record(next, '2')).toEqual({ result: '2' });
    newKey();
    expect(await claim(lost)).toEqual({ kind: 'job-lost' });
    expect(await claim(next)).toEqual(OURS);
  });

  it('that failed is released, by who has it and nobody else', async () => {
    newKey();
    const [first, second] = [await run(), await run()];
    await claim(first);
    await store.effects.release(second.job, key);
    expect(await claim(second)).toEqual(UNDER_WAY);
    await store.effects.release(first.job, key);
    expect(await claim(second)).toEqual(OURS);
    await record(second, '2');
    await store.effects.release(second.job, key);
    expect(await claim(first)).toEqual({ kind: 'recorded', effect: { result: '2' } });
  });

  describe('is forgotten', () => {
    const age = async (): Promise<void> => {
      await store.database.change('UPDATE effects SET changed_at = changed_at - INTERVAL 1 DAY');
    };

    it('when it is old, recorded or given up, and no sooner', async () => {
      await store.database.change('DELETE FROM effects');
      const [recorded, failed, young] = [await run(), await run(), await run()];
      for (const each of [recorded, failed]) {
        newKey();
        await claim(each);
      }
      key = 'key of the recorded';
      await claim(recorded);
      await record(recorded, '1');
      for (const each of [recorded, failed]) await loseWorkerOf(each);
      await age();
      newKey();
      await claim(young);
      expect(await store.effects.prune(3_600, 2)).toBe(2);
      expect(await store.effects.prune(3_600, 2)).toBe(1);
      expect(await store.effects.prune(3_600, 2)).toBe(0);
      expect(await claim(young)).toEqual(OURS);
      expect(await claim(await run())).toEqual(UNDER_WAY);
    });

    it('not when it was taken over since it was found old', async () => {
      newKey();
      const [lost, heir] = [await run(), await run()];
      await claim(lost);
      await loseWorkerOf(lost);
      await age();
      const found = async (...question: Parameters<Database['rows']>) => {
        const rows = await store.database.rows(...question);
        expect(await claim(heir)).toEqual(OURS);
        return rows;
      };
      const database = Object.assign(Object.create(store.database) as Database, { rows: found });
      expect(await new EffectStore(database).prune(3_600, 100)).toBe(0);
      expect(await record(heir, '1')).toEqual({ result: '1' });
    });

    it('never while the attempt that does it still runs', async () => {
      newKey();
      const slow = await run();
      await claim(slow);
      await age();
      await store.effects.prune(3_600, 100);
      expect(await claim(await run())).toEqual(UNDER_WAY);
      expect(await record(slow, '1')).toEqual({ result: '1' });
    });
  });
});
