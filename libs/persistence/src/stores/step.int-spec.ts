import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClaimedJob } from '@holdfast/domain';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

describe('a step of a job', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  async function claimNew(): Promise<{ workerId: string; job: ClaimedJob }> {
    const job = newJob(store.clock);
    await store.submissions.insert([[job]]);
    return claim(job.id);
  }

  async function claim(id: string): Promise<{ workerId: string; job: ClaimedJob }> {
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, [id]);
    return { workerId: request.workerId, job: claimed[0] as ClaimedJob };
  }

  it('is recorded once: what came first counts', async () => {
    const { workerId, job } = await claimNew();
    const first = { name: 'charge', result: '{"id":7}' };
    expect(await store.steps.record(workerId, job, first)).toEqual(first);
    expect(await store.steps.record(workerId, job, { name: 'charge', result: '8' })).toEqual(first);
    expect(await store.steps.record(workerId, job, { name: 'tell', result: undefined })).toEqual({ name: 'tell' });
    expect(await store.steps.find(job.id)).toEqual([first, { name: 'tell' }]);
  });

  it('is not recorded by a worker from which the job was taken, and known to the next', async () => {
    const { workerId, job } = await claimNew();
    await store.steps.record(workerId, job, { name: 'one', result: '1' });
    await store.workers.deregister(workerId);
    await store.lostWorkers.reapOrphans(3, 10);
    expect(await store.steps.record(workerId, job, { name: 'two', result: '2' })).toBeUndefined();
    const next = await claim(job.id);
    expect(await store.steps.record(workerId, job, { name: 'two', result: '2' })).toBeUndefined();
    expect(await store.steps.find(next.job.id)).toEqual([{ name: 'one', result: '1' }]);
    const two = { name: 'two', result: '22' };
    expect(await store.steps.record(next.workerId, next.job, two)).toEqual(two);
  });
});
