import { afterAll, beforeEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database, Session } from '../database/database.ts';
import { openScratchStore, type ScratchStore } from '../testing/scratch-store.ts';

const INSERT = `
  INSERT INTO job_transitions (job_id, tenant, queue, event, from_state, to_state, generation, attempt, crashes, fence, run_at, actor)
  VALUES (?, 'default', 'default', ?, '', 'pending', 1, 0, 0, 0, UTC_TIMESTAMP(6), 'here:1')`;

async function write(session: Session | Database, event: string): Promise<void> {
  await session.change(INSERT, [Buffer.alloc(16, 7), event]);
}

describe('reading the journal', () => {
  let store: ScratchStore;
  let start: number;

  beforeAll(async () => {
    store = await openScratchStore({ journalAs: 'here:1' });
    await write(store.database, 'first');
  });

  beforeEach(async () => {
    start = (await store.journal.bounds()).newest;
  });

  afterAll(() => store.close());

  const read = async (after = start, limit = 100): Promise<string[]> =>
    (await store.journal.readSettled(after, limit)).entries.map(({ event }) => event);
  const age = (seconds: number): Promise<number> =>
    store.database.change('UPDATE job_transitions SET at = at - INTERVAL ? SECOND WHERE id > ?', [seconds, start]);

  it('waits for what drew a lower number and commits later, so that nothing is missed', async () => {
    await store.database.transaction(async (slow) => {
      await write(slow, 'a');
      await write(store.database, 'b');
      expect(await read()).toEqual([]);
      expect(await store.journal.findHead()).toBe(start);
      await age(30);
      expect(await read()).toEqual([]);
    });
    expect(await read()).toEqual(['a', 'b']);
  });

  it('goes on when what drew a lower number was rolled back, once it can have left nothing more', async () => {
    const undone = store.database.transaction(async (session) => {
      await write(session, 'never');
      await write(store.database, 'b');
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await read()).toEqual([]);
    await age(30);
    expect(await read()).toEqual(['b']);
  });

  it('does not wait for ever for a transaction that stays open, and says that it did not', async () => {
    await store.database.transaction(async (frozen) => {
      await write(frozen, 'frozen');
      await write(store.database, 'b');
      await age(120);
      expect(await store.journal.readSettled(start, 100)).toMatchObject({
        isOvertaken: true,
        entries: [{ event: 'b' }],
      });
    });
  });

  it('leaves no connection behind that reads what is not committed', async () => {
    await store.database.transaction(async (session) => {
      await write(session, 'a');
      for (let asks = 0; asks < 20; asks++) {
        expect(
          await store.database.uncommittedRows('SELECT 1 FROM job_transitions WHERE id > ?', [start]),
        ).toHaveLength(1);
        expect(await store.database.rows('SELECT 1 FROM job_transitions WHERE id > ?', [start])).toEqual([]);
      }
    });
  });

  it('ends with a page', async () => {
    for (const event of ['a', 'b', 'c']) await write(store.database, event);
    expect(await read(start, 2)).toEqual(['a', 'b']);
    expect(await read(start + 2, 2)).toEqual(['c']);
  });

  it('finds what one tenant has in a part of it', async () => {
    for (const event of ['a', 'b', 'c']) await write(store.database, event);
    await store.database.change("UPDATE job_transitions SET tenant = 'other' WHERE event = 'b' AND id > ?", [start]);
    const found = await store.journal.readOfTenant('default', start, start + 2);
    expect(found.map(({ event }) => event)).toEqual(['a']);
  });

  it('forgets what is old, in its order and in steps, and never the newest', async () => {
    for (const event of ['a', 'b', 'c']) await write(store.database, event);
    await store.database.change('UPDATE job_transitions SET at = at - INTERVAL 2 DAY WHERE id <= ?', [start + 1]);
    const { oldest } = await store.journal.bounds();
    expect(await store.journal.prune(86_400_000, 1)).toBe(1);
    expect((await store.journal.bounds()).oldest).toBeGreaterThan(oldest);
    await store.journal.prune(86_400_000, 100);
    expect(await store.journal.prune(86_400_000, 100)).toBe(0);
    expect(await store.journal.bounds()).toEqual({ oldest: start + 2, newest: start + 3 });
    await store.database.change('UPDATE job_transitions SET at = at - INTERVAL 2 DAY');
    await store.journal.prune(86_400_000, 100);
    expect(await store.journal.bounds()).toEqual({ oldest: start + 3, newest: start + 3 });
  });
});
