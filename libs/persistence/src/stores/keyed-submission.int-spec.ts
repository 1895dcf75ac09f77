import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { KeyedSubmission, NewJob } from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { newJob, openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

const REQUEST = 'ab'.repeat(32);
const INSERTED = { kind: 'inserted' };

describe('submissions with a key', () => {
  let store: ScratchStore;

  beforeAll(async () => {
    store = await openScratchStore();
  });

  afterAll(() => store.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'idempotency_keys', 'tallies']) await store.database.change(`DELETE FROM ${table}`);
  });

  const keyed = (
    key: string,
    jobs: readonly NewJob[] = [newJob(store.clock)],
    tenant = 'default',
  ): KeyedSubmission => ({
    key: { tenant, key, request: REQUEST },
    jobs,
  });
  const firstOf = ({ jobs }: KeyedSubmission) => ({
    kind: 'repeated',
    first: {
      request: REQUEST,
      jobIds: jobs.map(({ id }) => id),
      createdAt: jobs[0]?.createdAt,
      traceparent: undefined,
    },
  });
  const countJobs = async (): Promise<number> => {
    const [row] = await store.database.rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs');
    return row?.n ?? 0;
  };
  const countSubmitted = async (): Promise<number> =>
    (await store.books.balance('default')).sums.reduce((sum, { n }) => sum + n, 0);

  it('are inserted once, and answered with the first from then on', async () => {
    const [first, again] = [keyed('a', [newJob(store.clock), newJob(store.clock)]), keyed('a')];
    expect(await store.keyed.insert([first])).toEqual([INSERTED]);
    expect(await store.keyed.insert([again])).toEqual([firstOf(first)]);
    expect(await store.keyed.find(again.key)).toEqual(firstOf(first).first);
    expect(await store.keyed.find(keyed('b').key)).toBeUndefined();
    expect(await countJobs()).toBe(2);
  });

  it('that repeat a key fail none of their neighbours, in the same batch neither', async () => {
    const first = keyed('a');
    await store.keyed.insert([first]);
    const [before, twin, after] = [keyed('b'), keyed('b'), keyed('c')];
    const answers = await store.keyed.insert([before, keyed('a'), twin, after]);
    expect(answers).toEqual([INSERTED, firstOf(first), firstOf(before), INSERTED]);
    expect(await countJobs()).toBe(3);
    expect(await countSubmitted()).toBe(3);
  });

  it('whose ids are taken leave no key behind, and their neighbours are inserted', async () => {
    const taken = newJob(store.clock);
    await store.submissions.insert([[taken]]);
    const refused = keyed('a', [newJob(store.clock), taken]);
    expect(await store.keyed.insert([keyed('b'), refused, keyed('c')])).toEqual([
      INSERTED,
      { kind: 'taken', ids: [taken.id] },
      INSERTED,
    ]);
    expect(await store.keyed.find(refused.key)).toBeUndefined();
    expect(await countJobs()).toBe(3);
  });

  it('are as many as their keys when equal ones race over several connections, also with ids of their own', async () => {
    const keys = ['a', 'b', 'c'];
    const id = new Map(keys.map((key) => [key, randomUUID()]));
    const races = Array.from({ length: 30 }, (_, n) => {
      const order = n % 2 === 0 ? keys : [...keys].reverse();
      return store.keyed.insert(order.map((key) => keyed(key, [newJob(store.clock, { id: id.get(key) ?? '' })])));
    });
    const kinds = (await Promise.all(races)).flat().map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'inserted')).toHaveLength(keys.length);
    expect(kinds.filter((kind) => kind === 'repeated')).toHaveLength(29 * keys.length);
    expect(await countJobs()).toBe(keys.length);
    expect(await countSubmitted()).toBe(keys.length);
  });

  it('differ by tenant and by case', async () => {
    const answers = await store.keyed.insert([keyed('key'), keyed('KEY'), keyed('key', undefined, 'other')]);
    expect(answers).toEqual([INSERTED, INSERTED, INSERTED]);
  });

  it('are forgotten in steps when their time is over, the oldest first', async () => {
    const now = store.clock.now();
    const ages = [5_000, 4_000, 3_000, 1_000];
    await store.keyed.insert(
      ages.map((age) => keyed(String(age), [newJob(store.clock, { createdAt: now - age * 1_000 })])),
    );
    expect(await store.keyed.prune(2_000, 2)).toBe(2);
    expect(await store.keyed.find(keyed('4000').key)).toBeUndefined();
    expect(await store.keyed.find(keyed('3000').key)).toBeDefined();
    expect(await store.keyed.prune(2_000, 2)).toBe(1);
    expect(await store.keyed.prune(2_000, 2)).toBe(0);
    expect(await store.keyed.find(keyed('1000').key)).toBeDefined();
  });
});
