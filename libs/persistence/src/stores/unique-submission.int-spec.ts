import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NewJob, UniqueAnswer, UniqueRule } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { joinWorker, newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

describe('a unique key', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  const wanting = (
    key: string,
    rule: Partial<UniqueRule> = {},
    fields: Partial<NewJob> = {},
  ): NewJob & { unique: UniqueRule } => ({
    ...newJob(store.clock, fields),
    unique: { key, onConflict: 'existing', ...rule },
  });
  const submit = async (...jobs: NewJob[]): Promise<UniqueAnswer | undefined> => (await store.unique.insert([jobs]))[0];
  const made = ({ id }: NewJob) => ({ kind: 'made', id });
  const placed = (...placements: object[]) => ({ kind: 'placed', placements });
  const held = (wantedBy: NewJob, holder: NewJob, state: string | undefined) => ({
    kind: 'held',
    wantedBy: wantedBy.id,
    holder: expect.objectContaining({ id: holder.id, state }),
  });
  const read = async (job: NewJob): Promise<Row | undefined> =>
    (await store.database.rows('SELECT * FROM jobs WHERE id = ?', [toBytes(job.id)]))[0];
  const forget = async (job: NewJob): Promise<void> => {
    const finished = 'UPDATE jobs SET finished_at = finished_at - INTERVAL 1 DAY WHERE id = ?';
    await store.database.change(finished, [toBytes(job.id)]);
    const [head] = await store.finished.findHeads('cancelled');
    if (head) await store.finished.prunePage(head, head.first, 3_600_000, 1_000);
  };

  it('makes one job of fifty submissions that come at once', async () => {
    const key = randomUUID();
    const jobs = Array.from({ length: 50 }, () => wanting(key));
    const answers = await Promise.all(jobs.map((job) => submit(job)));
    const ids = new Set(answers.map((answer) => answer?.kind === 'placed' && answer.placements[0]?.id));
    expect(ids.size).toBe(1);
    const [row] = await store.database.rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs WHERE id IN (?)', [
      jobs.map(({ id }) => toBytes(id)),
    ]);
    expect(row?.n).toBe(1);
  });

  it('is free again when its job has finished, and belongs to its tenant', async () => {
    const key = randomUUID();
    const [first, second, third] = [wanting(key), wanting(key), wanting(key)];
    const other = wanting(key, {}, { tenant: 'other' });
    expect(await submit(first)).toEqual(placed(made(first)));
    expect(await submit(other)).toEqual(placed(made(other)));
    expect(await submit(second)).toEqual(placed({ kind: 'existing', id: first.id }));
    await store.operations.cancel('default', first.id);
    expect(await submit(third)).toEqual(placed(made(third)));
  });

  it('with a window is held for that long, whatever becomes of its job', async () => {
    const key = randomUUID();
    const [first, again] = [wanting(key, { heldForMs: 3_600_000 }), wanting(key)];
    await submit(first);
    await store.operations.cancel('default', first.id);
    expect(await submit(again)).toEqual(placed({ kind: 'existing', id: first.id }));
    await forget(first);
    expect(await submit(again)).toEqual(held(again, first, undefined));
    await store.database.change(
      'UPDATE unique_keys SET held_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE job_id = ?',
      [toBytes(first.id)],
    );
    expect(await submit(again)).toEqual(placed(made(again)));
  });

  it('refuses a submission whole that wants to be refused', async () => {
    const key = randomUUID();
    const [first, beside, again] = [wanting(key), wanting(randomUUID()), wanting(key, { onConflict: 'refuse' })];
    await submit(first);
    expect(await submit(beside, again)).toEqual(held(again, first, 'pending'));
    expect(await read(beside)).toBeUndefined();
    expect(await submit(beside)).toEqual(placed(made(beside)));
  });

  it('lets a submission replace the payload and the times of a job that waits, and of no other', async () => {
    const key = randomUUID();
    const first = wanting(key);
    const later = store.clock.now() + 60_000;
    const replacing = (fields: Partial<NewJob>) =>
      wanting(key, { onConflict: 'replace' }, { payload: '{"n":2}', ...fields });
    await submit(first);
    const entry = { id: first.id, tenant: 'default', queue: 'default', priority: 0, runAt: later };
    expect(await submit(replacing({ runAt: later }))).toEqual(placed({ kind: 'replaced', id: first.id, entry }));
    expect(await read(first)).toMatchObject({ payload: '{"n":2}', run_at: new Date(later), revision: 1 });
    const otherType = replacing({ type: 'other' });
    expect(await submit(otherType)).toEqual(held(otherType, first, 'pending'));
    await store.operations.runNow('default', first.id, store.clock.now() - 1);
    await store.claims.claimHinted(await joinWorker(store), [first.id]);
    const tooLate = replacing({});
    expect(await submit(tooLate)).toEqual(held(tooLate, first, 'running'));
  });

  it('counts within a batch: the first stands, or the last replaces it', async () => {
    const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
    const [a, b] = [wanting(one), wanting(one)];
    expect(await submit(a, b)).toEqual(placed(made(a), { kind: 'existing', id: a.id }));
    const [c, d] = [wanting(two), wanting(two, { onConflict: 'replace' }, { payload: '{"n":2}' })];
    expect(await submit(c, d)).toEqual(placed(made(c), { kind: 'replaced', id: c.id }));
    expect(await read(c)).toMatchObject({ payload: '{"n":2}' });
    const [e, f] = [wanting(three), wanting(three, { onConflict: 'refuse' })];
    expect(await submit(e, f)).toEqual(held(f, e, 'pending'));
    expect(await read(e)).toBeUndefined();
  });

  it('stands for the same job when that is submitted again under its own id', async () => {
    const job = wanting(randomUUID());
    expect(await store.unique.insert([[job], [{ ...job }]])).toEqual([
      placed(made(job)),
      placed({ kind: 'existing', id: job.id }),
    ]);
    const plain = newJob(store.clock, { id: job.id });
    expect(await submit(plain)).toEqual({ kind: 'taken', ids: [job.id] });
  });

  it('is wanted again by jobs that come back with one that is retried; one whose key another has by then stays cancelled', async () => {
    const first = newJob(store.clock);
    const after = (...others: NewJob[]): Partial<NewJob> => ({
      dependencies: others.map(({ id }) => ({ dependsOn: id, condition: 'succeeded' })),
    });
    const [one, two] = [wanting(randomUUID(), {}, after(first)), wanting(randomUUID(), {}, after(first))];
    const last = newJob(store.clock, after(two));
    await submit(first, one, two, last);
    await store.operations.cancel('default', first.id);
    const between = wanting(one.unique.key);
    expect(await submit(between)).toEqual(placed(made(between)));
    await store.operations.cancel('default', between.id);
    const thief = wanting(two.unique.key);
    expect(await submit(thief)).toEqual(placed(made(thief)));
    const now = store.clock.now();
    expect(await store.operations.retry('default', first.id, now)).toMatchObject({ kind: 'done' });
    const states = await Promise.all(
      [first, one, two, last].map(async (job) => (await read(job))?.['state'] as string),
    );
    expect(states).toEqual(['pending', 'blocked', 'cancelled', 'cancelled']);
    expect(await submit(wanting(one.unique.key))).toEqual(placed({ kind: 'existing', id: one.id }));
    expect(await submit(wanting(two.unique.key))).toEqual(placed({ kind: 'existing', id: thief.id }));
    await store.operations.cancel('default', thief.id);
    expect(await store.operations.retry('default', two.id, now)).toMatchObject({ kind: 'done' });
    expect((await read(last))?.['state']).toBe('blocked');
    expect(await submit(wanting(two.unique.key))).toEqual(placed({ kind: 'existing', id: two.id }));
  });

  it('is left alone when the job that had it does not come back, and when a retry is refused', async () => {
    const [one, other] = [newJob(store.clock), newJob(store.clock)];
    const dependencies = [one, other].map(({ id }) => ({ dependsOn: id, condition: 'succeeded' }) as const);
    const waiting = wanting(randomUUID(), { heldForMs: 3_600_000 }, { dependencies });
    await submit(one, other, waiting);
    for (const { id } of [one, other]) await store.operations.cancel('default', id);
    const forgetKey = (job: NewJob) =>
      store.database.change('DELETE FROM unique_keys WHERE job_id = ?', [toBytes(job.id)]); // as when its window is long over
    expect(await forgetKey(waiting)).toBe(1);
    await store.operations.retry('default', one.id, store.clock.now());
    const next = wanting(waiting.unique.key, { heldForMs: 3_600_000 });
    expect(await submit(next)).toEqual(placed(made(next)));
    expect(await forgetKey(next)).toBe(1);
    expect(await store.operations.retry('default', next.id, store.clock.now())).toMatchObject({ kind: 'refused' });
    const last = wanting(next.unique.key);
    expect(await submit(last)).toEqual(placed(made(last)));
  });

  it('is wanted again by a job that is retried, unless another has it by then', async () => {
    const key = randomUUID();
    const [first, second, third] = [wanting(key), wanting(key), wanting(key)];
    await submit(first);
    await store.operations.cancel('default', first.id);
    await submit(second);
    const now = store.clock.now();
    expect(await store.operations.retry('default', first.id, now)).toMatchObject({
      kind: 'key-held',
      holder: { key, id: second.id, state: 'pending' },
    });
    await store.operations.cancel('default', second.id);
    expect(await store.operations.retry('default', first.id, now)).toMatchObject({ kind: 'done' });
    expect(await submit(third)).toEqual(placed({ kind: 'existing', id: first.id }));
  });

  it('is wanted again by dead letters, of which one gets it', async () => {
    const key = randomUUID();
    const jobs = [wanting(key), wanting(key)];
    for (const job of jobs) {
      await submit(job);
      await store.operations.cancel('default', job.id);
    }
    const ids = jobs.map(({ id }) => id);
    await store.database.change("UPDATE jobs SET state = 'dead' WHERE id IN (?)", [ids.map(toBytes)]);
    const { done, held: kept } = await store.deadLetters.retry('default', ids, store.clock.now());
    expect(done).toHaveLength(1);
    expect([...kept.keys(), done[0]?.id].sort()).toEqual([...ids].sort());
  });

  it('is forgotten with its job, or when its window is over', async () => {
    const count = async (): Promise<number | undefined> =>
      (await store.database.rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM unique_keys'))[0]?.n;
    const plain = wanting(randomUUID());
    const windowed = wanting(randomUUID(), { heldForMs: 1 }, { createdAt: store.clock.now() - 1_000 });
    await submit(plain, windowed);
    const before = (await count()) ?? 0;
    for (const job of [plain, windowed]) await store.operations.cancel('default', job.id);
    await forget(plain);
    expect(await count()).toBe(before - 1);
    expect(await store.unique.prune(100)).toBeGreaterThanOrEqual(1);
    expect(await count()).toBeLessThanOrEqual(before - 2);
    const again = wanting(plain.unique.key);
    expect(await submit(again)).toEqual(placed(made(again)));
  });
});
