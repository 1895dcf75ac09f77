import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createScratchDatabase, type ScratchDatabase } from '../../../../tools/testing/scratch-database.ts';
import { DATABASE_DEFAULTS, type Retry } from './database-options.ts';
import { Database, type Row, type Session } from './database.ts';
import { isUnavailable, StoreUnavailableError } from './database-errors.ts';
import { FaultyWire } from '../testing/faulty-wire.ts';

describe('the owner of transactions', () => {
  let scratch: ScratchDatabase;
  let database: Database;

  beforeAll(async () => {
    scratch = await createScratchDatabase();
    database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, connections: 4 });
    await database.change('CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL) ENGINE=InnoDB');
  });

  afterAll(async () => {
    await database.close();
    await scratch.drop();
  });

  beforeEach(async () => {
    await database.change('DELETE FROM accounts');
    await database.change('INSERT INTO accounts VALUES (1, 0), (2, 0)');
  });

  const add = (session: Session, id: number): Promise<number> =>
    session.change('UPDATE accounts SET balance = balance + 1 WHERE id = ?', [id]);

  async function balances(): Promise<number[]> {
    const rows = await database.rows<Row & { balance: number }>('SELECT balance FROM accounts ORDER BY id');
    return rows.map(({ balance }) => balance);
  }

  it('takes everything back when the closure fails', async () => {
    const failure = new Error('changed my mind');
    const work = database.transaction(async (session) => {
      await add(session, 1);
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await balances()).toEqual([0, 0]);
  });

  it('runs the whole closure again after a deadlock, so that no half is ever committed', async () => {
    let attempts = 0;
    const firstLocks = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const crosswise = (mine: number, theirs: number): Promise<void> =>
      database.transaction(async (session, { doubtful }) => {
        attempts += 1;
        expect(doubtful).toBe(false);
        await add(session, mine);
        firstLocks[mine - 1]?.resolve(undefined);
        await firstLocks[theirs - 1]?.promise;
        await add(session, theirs);
      });
    await Promise.all([crosswise(1, 2), crosswise(2, 1)]);
    expect(await balances()).toEqual([2, 2]);
    expect(attempts).toBe(3);
  });

  it('does not try again what is simply wrong', async () => {
    let attempts = 0;
    const work = database.transaction(async (session) => {
      attempts += 1;
      await session.change('INSERT INTO accounts VALUES (1, 0)');
    });
    await expect(work).rejects.toMatchObject({ errno: 1062 });
    expect(attempts).toBe(1);
  });

  it('keeps values out of its errors, which are logged', async () => {
    const error: unknown = await database
      .change('INSERT INTO accounts VALUES (?, ?)', [3, 'a secret'])
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ sql: 'INSERT INTO accounts VALUES (?, ?)' });
  });

  it('tells what was tried again, and after which statement', async () => {
    const retries: Retry[] = [];
    const impatient = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, onRetry: (retry) => retries.push(retry) });
    await database.transaction(async (session) => {
      await add(session, 1);
      const waiting = impatient.rows('SELECT id FROM accounts WHERE id = ? FOR UPDATE NOWAIT', [1]);
      await expect(waiting).rejects.toThrow();
    });
    await impatient.close();
    expect(retries[0]).toMatchObject({
      statement: 'SELECT id FROM accounts WHERE id = ? FOR UPDATE NOWAIT',
      attempt: 1,
    });
    expect(retries).toHaveLength(DATABASE_DEFAULTS.transactionAttempts - 1);
  });

  it('works at READ COMMITTED, in UTC and strictly, whatever the server says', async () => {
    await database.transaction(async (session) => {
      const before = await session.rows('SELECT balance FROM accounts WHERE id = 1');
      await add(database, 1);
      const after = await session.rows('SELECT balance FROM accounts WHERE id = 1');
      expect([before, after]).toEqual([[{ balance: 0 }], [{ balance: 1 }]]);
    });
    const [row] = await database.rows<Row & { zone: string; mode: string }>(
      'SELECT @@time_zone AS zone, @@sql_mode AS mode',
    );
    expect(row).toMatchObject({ zone: '+00:00', mode: expect.stringContaining('STRICT_TRANS_TABLES') });
  });

  it('counts as waiting those for whom no connection is left, and nobody who is just being handed one', async () => {
    const release = Promise.withResolvers<undefined>();
    const held = Array.from({ length: 4 }, () => Promise.withResolvers<undefined>());
    const holders = held.map(({ resolve }) =>
      database.transaction(async () => {
        resolve(undefined);
        await release.promise;
      }),
    );
    expect(database.use).toEqual({ limit: 4, inUse: 0, waiting: 0 });
    await Promise.all(held.map(({ promise }) => promise));
    const fifth = database.rows('SELECT 1');
    expect(database.use).toEqual({ limit: 4, inUse: 4, waiting: 1 });
    release.resolve(undefined);
    await Promise.all([...holders, fifth]);
    expect(database.use).toEqual({ limit: 4, inUse: 0, waiting: 0 });
  });

  it('gives up waiting for a connection in time, and the pool is whole afterwards', async () => {
    const small = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, connections: 1, acquireTimeoutMs: 200 });
    const [holds, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const holder = small.transaction(() => {
      holds.resolve(undefined);
      return held.promise;
    });
    await holds.promise;
    await expect(small.rows('SELECT 1')).rejects.toThrow(StoreUnavailableError);
    held.resolve(undefined);
    await holder;
    expect(await small.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await small.close();
  });

  it('says that MySQL is away when it is', async () => {
    const nowhere = new Database({
      ...DATABASE_DEFAULTS,
      url: 'mysql://me@127.0.0.1:1/none',
      transactionAttempts: 2,
      retryDelayMs: 1,
    });
    const error: unknown = await nowhere
      .transaction((session) => session.rows('SELECT 1'))
      .catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    await nowhere.close();
  });

  it('lets go of what a program holds that says nothing any more, and takes it for undone when it goes on', async () => {
    const frozen = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, silenceS: 1, retryDelayMs: 1 });
    const others = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    let attempts = 0;
    const work = frozen.transaction(async (session) => {
      attempts += 1;
      await add(session, 1);
      locked.resolve(undefined);
      await others.promise;
      await add(session, 2);
    });
    await locked.promise;
    await add(database, 1); // waits until MySQL has hung up, and less long than for a lock
    expect(await balances()).toEqual([1, 0]);
    others.resolve(undefined);
    await work;
    expect([attempts, await balances()]).toEqual([2, [2, 1]]);
    await frozen.close();
  });

  it.each([
    ['is read-only', 1290],
    ['is outside the majority of its Galera cluster', 1047],
  ])('drops every connection that it had when a server %s, which would go on answering', async (_, errno) => {
    const small = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, connections: 2, transactionAttempts: 1 });
    const connection = async (session: Session): Promise<number> => {
      const [row] = await session.rows<Row & { id: number }>('SELECT CONNECTION_ID() AS id');
      return row?.id ?? 0;
    };
    const together = (): Promise<[number, number]> =>
      small.transaction(async (session) => [await connection(session), await connection(small)]);
    const before = await together();
    const demoted = small.transaction(async (session) => {
      await session.rows('SELECT 1');
      throw Object.assign(new Error('no primary'), { errno });
    });
    await expect(demoted).rejects.toThrow('no primary');
    const after = await together();
    expect(before.filter((id) => after.includes(id))).toEqual([]);
    await small.close();
  });

  it('gives nobody a connection whose settings got no answer, and keeps nobody waiting behind them', async () => {
    const wire = await FaultyWire.before(scratch.url);
    const patient = { ...DATABASE_DEFAULTS, url: wire.url, connections: 1, statementTimeoutMs: 300 };
    const retries: Retry[] = [];
    const victim = new Database({ ...patient, onRetry: (retry) => retries.push(retry) });
    wire.loseSettings();
    expect(await victim.transaction((session) => session.rows('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    expect(retries).toEqual([{ code: 'PROTOCOL_SEQUENCE_TIMEOUT', statement: 'connecting', attempt: 1 }]);
    expect(victim.use).toMatchObject({ inUse: 0, waiting: 0 });
    await victim.close();
    await wire.close();
  });

  it('recovers from a connection that the server killed', async () => {
    const victim = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, connections: 1 });
    const [row] = await victim.rows<Row & { id: number }>('SELECT CONNECTION_ID() AS id');
    await database.change(`KILL ${row?.id ?? 0}`);
    expect(await victim.transaction((session) => session.rows('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
    await victim.close();
  });
});
