import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClaimedJob, NewJob, Outcome } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

const FAILURE = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false, failedAt: 0 } as const;

interface Entry extends Row {
  job_id: Buffer;
  event: string;
  from_state: string;
  to_state: string;
  generation: number;
  attempt: number;
  fence: number;
  worker_id: Buffer | null;
  actor: string;
}

describe('the transition journal', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore({ journalAs: 'here:1' });
  });

  afterEach(async () => {
    for (const table of ['jobs', 'workers', 'job_transitions']) await store.database.change(`DELETE FROM ${table}`);
  });

  afterAll(() => store.close());

  const entries = (): Promise<Entry[]> => store.database.rows<Entry>('SELECT * FROM job_transitions ORDER BY id');

  async function submit(fields: Partial<NewJob> = {}): Promise<NewJob> {
    const job = newJob(store.clock, fields);
    await store.submissions.insert([[job]]);
    return job;
  }

  async function claim({ id }: NewJob): Promise<{ workerId: string; job: ClaimedJob }> {
    const request = await joinWorker(store);
    const { claimed } = await store.claims.claimHinted(request, [id]);
    return { workerId: request.workerId, job: claimed[0] as ClaimedJob };
  }

  async function runOnce(submitted: NewJob, outcome: Outcome): Promise<void> {
    const { workerId, job } = await claim(submitted);
    await store.settlements.settle(workerId, [{ job, outcome }]);
  }

  it('tells the whole life of a job: each state, who held it, which attempt and generation', async () => {
    const job = await submit();
    await runOnce(job, { kind: 'retried', runAt: job.runAt, failure: FAILURE });
    await runOnce(job, { kind: 'succeeded', result: '1' });
    await store.operations.retry('default', job.id, store.clock.now());
    await store.operations.cancel('default', job.id);
    const told = (await entries()).map((entry) => [
      entry.event,
      entry.from_state,
      entry.to_state,
      entry.generation,
      entry.attempt,
      entry.fence,
    ]);
    expect(told).toEqual([
      ['submit', '', 'pending', 1, 0, 0],
      ['claim', 'pending', 'running', 1, 1, 1],
      ['fail', 'running', 'pending', 1, 1, 1],
      ['claim', 'pending', 'running', 1, 2, 2],
      ['succeed', 'running', 'succeeded', 1, 2, 2],
      ['retry', 'succeeded', 'pending', 2, 0, 2],
      ['cancel', 'pending', 'cancelled', 2, 0, 2],
    ]);
    for (const entry of await entries()) expect(entry).toMatchObject({ job_id: toBytes(job.id), actor: 'here:1' });
  });

  it('names the worker that claimed, and tells of its loss and of a deadline that passed', async () => {
    const lost = await submit();
    const { workerId } = await claim(lost);
    await store.workers.deregister(workerId);
    await store.lostWorkers.reapOrphans(3, 100);
    const late = await submit({ deadline: store.clock.now() - 1 });
    await store.pending.expireOverdue(100);
    const all = await entries();
    expect(all.find(({ event }) => event === 'claim')?.worker_id).toEqual(toBytes(workerId));
    expect(all.map(({ event, job_id }) => [event, fromBytes(job_id)])).toEqual(
      expect.arrayContaining([
        ['crash', lost.id],
        ['expire', late.id],
      ]),
    );
  });

  it('tells what failed before what was let go because of it', async () => {
    const first = await submit();
    const second = await submit({ dependencies: [{ dependsOn: first.id, condition: 'succeeded' }] });
    const cleanup = await submit({ dependencies: [{ dependsOn: second.id, condition: 'finished' }] });
    await runOnce(first, { kind: 'dead', failure: { ...FAILURE, final: true } });
    const told = (await entries()).map(({ job_id, event }) => `${event} ${fromBytes(job_id)}`);
    expect(told.slice(-3)).toEqual([`exhaust ${first.id}`, `cancel ${second.id}`, `release ${cleanup.id}`]);
  });

  it('has no row of what did not happen: a submission refused, a claim lost, an outcome void', async () => {
    const job = await submit();
    await store.submissions.insert([[job]]);
    const { workerId, job: claimed } = await claim(job);
    await store.claims.claimHinted(await joinWorker(store), [job.id]);
    const stale = { job: { ...claimed, fence: 7 }, outcome: { kind: 'succeeded', result: '1' } } as const;
    await store.settlements.settle(workerId, [stale]);
    expect((await entries()).map(({ event }) => event)).toEqual(['submit', 'claim']);
  });

  it('draws no number that it does not use, so that readers wait for nothing', async () => {
    for (const n of [2, 3, 4, 5, 7]) {
      await store.submissions.insert([Array.from({ length: n }, () => newJob(store.clock, { type: 'mail.send' }))]);
    }
    const ids = (await store.database.rows<Row & { id: number }>('SELECT id FROM job_transitions ORDER BY id')).map(
      ({ id }) => id,
    );
    expect(ids).toEqual(ids.map((_, n) => Number(ids[0]) + n));
    expect(ids).toHaveLength(21);
    expect(await entries()).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'mail.send' })]));
  });

  it('has nothing of what ceases to be', async () => {
    const job = await submit();
    await runOnce(job, { kind: 'dead', failure: FAILURE });
    await store.deadLetters.discard('default', [job.id], store.clock.now());
    expect((await entries()).map(({ event }) => event)).toEqual(['submit', 'claim', 'exhaust']);
  });

  it('stays empty where it is not asked for', async () => {
    const silent = await openScratchStore();
    await silent.submissions.insert([[newJob(silent.clock)]]);
    expect(await silent.database.rows('SELECT 1 FROM job_transitions')).toEqual([]);
    await silent.close();
  });
});
