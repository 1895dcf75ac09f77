import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobId, NewJob } from '@holdfast/domain';
import { LOCK_CLAIMABLE } from '../statements/claim.ts';
import { inIdOrder } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';
import { positionBefore } from './pending-job.store.ts';

describe('a paused queue', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'queue_pauses', 'workers']) await store.database.change(`DELETE FROM ${table}`);
  });

  const submit = async (fields: Partial<NewJob> = {}): Promise<JobId> => {
    const job = newJob(store.clock, { id: randomUUID(), ...fields });
    await store.submissions.insert([[job]]);
    return job.id;
  };

  it('gives out no job of its tenant, hinted at or not, and says why', async () => {
    const [mine, theirs] = [await submit(), await submit({ tenant: 'other' })];
    const request = await joinWorker(store);
    await store.pauses.pause('default', 'default', 'ops');
    const { claimed, waiting } = await store.claims.claimHinted(request, [mine, theirs]);
    expect(claimed.map(({ id }) => id)).toEqual([theirs]);
    expect(waiting).toMatchObject([{ id: mine, isDue: true, isPaused: true }]);
    expect(await store.claims.claimDue(request, 10)).toEqual([]);
  });

  it('gives out jobs again once it is resumed', async () => {
    const [hinted, due] = [await submit(), await submit()];
    const request = await joinWorker(store);
    await store.pauses.pause('default', 'default', 'ops');
    expect(await store.pauses.resume('default', 'default')).toBe(true);
    expect(await store.pauses.resume('default', 'default')).toBe(false);
    expect((await store.claims.claimHinted(request, [hinted])).claimed).toHaveLength(1);
    expect((await store.claims.claimDue(request, 10)).map(({ id }) => id)).toEqual([due]);
  });

  it('says since when and by whom, and who was first stays so', async () => {
    await store.pauses.pause('default', 'a', 'first');
    const [pause] = await store.pauses.find('default');
    await store.pauses.pause('default', 'a', 'second');
    await store.pauses.pause('other', 'b', 'x'.repeat(300));
    expect(pause).toMatchObject({ queue: 'a', by: 'first' });
    expect(await store.pauses.find('default')).toEqual([pause]);
    expect((await store.pauses.find('other'))[0]?.by).toHaveLength(255);
  });

  it('is paused at once, whoever is claiming from it', async () => {
    const id = await submit();
    await store.database.transaction(async (session) => {
      await session.rows(LOCK_CLAIMABLE, ['default', inIdOrder([id]), 'default', ['echo']]);
      await store.pauses.pause('default', 'default', 'ops'); // waits for no lock of the claim
      await store.pauses.resume('default', 'default');
    });
  });

  it('is left out of the walks that fill the index, which go on behind it', async () => {
    const runAt = store.clock.now() - 1_000;
    for (const tenant of ['default', 'default', 'other']) await submit({ tenant, runAt });
    await store.pauses.pause('default', 'default', 'ops');
    const pages = [];
    for await (const page of store.pending.pages('default', 0, store.clock.now(), 2)) pages.push(...page);
    expect(pages).toHaveLength(1);
    const { entries, next } = await store.pending.findPage('default', 0, positionBefore(0), store.clock.now(), 2);
    expect(entries.length).toBeLessThan(2);
    expect(next).toBeDefined();
    await store.pauses.resume('default', 'default');
    const page = await store.pending.findPage('default', 0, positionBefore(0), store.clock.now(), 10);
    expect(page.entries).toHaveLength(3);
  });
});
