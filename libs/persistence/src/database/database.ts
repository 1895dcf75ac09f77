import type { IndexEntry } from '@holdfast/domain';
import mysql, { type PoolConnection } from 'mysql2';
import { ConnectionAges } from './connection-ages.ts';
import { setUpConnections } from './connection-settings.ts';
import { changedNothing, isNoPrimary, isRetryable, isUnavailable, StoreUnavailableError } from './database-errors.ts';
import { poolOptions, sessionSettings, type DatabaseOptions, type Retry } from './database-options.ts';
import { NOBODY, type ConnectionUse, type DatabaseObserver } from './database-observer.ts';
import { logInBy } from './logins.ts';
import { readServerUrl } from './server-url.ts';
import { ask, ConnectionSession, toRetry, type Row, type Session, type Transaction } from './session.ts';

export type { Row, Session, Transaction } from './session.ts';

const GOODBYE_MS = 1_000;

export interface Attempt {
  /** An earlier attempt's COMMIT got no answer and may have taken effect: look before doing or counting anything twice. */
  readonly doubtful: boolean;
}

/**
 * One process's connections to MySQL, and the only owner of transactions: READ COMMITTED, UTC, bounded waits.
 * A connection that saw any error is rolled back or destroyed, never handed on as it is.
 */
export class Database implements Session {
  /** Shared with TypeORM, so that a process has one pool. */
  readonly pool: mysql.Pool;
  readonly journalAs: string | undefined;
  private readonly ages: ConnectionAges;
  private observer = NOBODY;
  private tellIndex: (entries: readonly IndexEntry[]) => void = () => undefined;
  private inUse = 0;
  /** Also those who are just being handed a connection. */
  private waiting = 0;

  constructor(private readonly options: DatabaseOptions) {
    this.journalAs = options.journalAs;
    const server = readServerUrl(options.url);
    this.pool = mysql.createPool(poolOptions(options, server));
    setUpConnections(this.pool, sessionSettings(options), options.statementTimeoutMs);
    this.ages = ConnectionAges.of(this.pool);
    if (server.login) logInBy(server.login, this.pool);
  }

  get use(): ConnectionUse {
    const { connections: limit } = this.options;
    return { limit, inUse: this.inUse, waiting: Math.max(0, this.inUse + this.waiting - limit) };
  }

  /** One at a time: whoever counts what passes. */
  observe(observer: DatabaseObserver): void {
    this.observer = observer;
  }

  /** One at a time: who is told of jobs that a transaction has made ready beside its own work. It must not throw. */
  onReady(tell: (entries: readonly IndexEntry[]) => void): void {
    this.tellIndex = tell;
  }

  /** A transition that is a statement of its own is committed with it. */
  book(event: string, jobs: number): void {
    this.observer.committed([{ event, jobs }]);
  }

  /** Asks again after any passing error: a question may be asked twice. */
  async rows<T extends Row>(statement: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.retrying(isRetryable, () => this.withConnection((session) => session.rows<T>(statement, values)));
  }

  /**
   * Asks for whatever is there, committed or not: only for who must know whether something may still come. The isolation
   * is that of the next transaction alone, which is this statement.
   */
  async uncommittedRows<T extends Row>(statement: string, values: readonly unknown[]): Promise<T[]> {
    return this.retrying(isRetryable, () =>
      this.withConnection(async (session) => {
        await session.change('SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED');
        return session.rows<T>(statement, values);
      }),
    );
  }

  /** Tries again only where MySQL said that nothing was changed: after a lost answer the caller must look. */
  async change(statement: string, values: readonly unknown[] = []): Promise<number> {
    return this.retrying(changedNothing, () => this.withConnection((session) => session.change(statement, values)));
  }

  /**
   * Runs the whole closure in one transaction, again from its start after a deadlock, a lock wait or a lost connection.
   *
   * @throws StoreUnavailableError when MySQL cannot be reached in time; any other error of the closure as it is
   */
  async transaction<T>(work: (session: Transaction, attempt: Attempt) => Promise<T>): Promise<T> {
    let doubtful = false;
    return this.retrying(isRetryable, () =>
      this.withConnection(async (session) => {
        session.later('START TRANSACTION');
        const answer = await work(session, { doubtful });
        await session.change('COMMIT').catch((error: unknown) => {
          doubtful = true;
          throw error;
        });
        this.observer.committed(session.booked);
        if (session.announced.length > 0) this.tellIndex(session.announced);
        return answer;
      }),
    );
  }

  /** May be called twice: TypeORM ends the pool that it shares, too. A server that hangs is not waited for. */
  async close(): Promise<void> {
    const tooLong = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
    const ended = new Promise((resolve) => this.pool.end(resolve));
    await Promise.race([ended, tooLong]);
  }

  /** Nest's hook, after the port was closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private async retrying<T>(mayRetry: (error: unknown) => boolean, work: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + this.options.retryWithinMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt >= this.options.transactionAttempts || performance.now() > giveUpAt || !mayRetry(error))
          throw error;
        this.tellRetry(toRetry(error, attempt));
        await pause(this.options.retryDelayMs * attempt * (0.5 + Math.random()));
      }
    }
  }

  private tellRetry(retry: Retry): void {
    this.options.onRetry?.(retry);
    this.observer.retried(retry.code);
  }

  private async withConnection<T>(work: (session: ConnectionSession) => Promise<T>): Promise<T> {
    const connection = await this.acquire();
    this.inUse += 1;
    try {
      const answer = await work(new ConnectionSession(connection, this.options, this.observer));
      connection.release();
      return answer;
    } catch (error) {
      if (isNoPrimary(error)) this.ages.distrustAll();
      if (isUnavailable(error)) connection.destroy();
      else await discardTransaction(connection);
      throw error;
    } finally {
      this.inUse -= 1;
    }
  }

  /** mysql2's pool waits without end; a caller here does not. A connection that comes too late goes back to the pool. */
  private async acquire(): Promise<PoolConnection> {
    const pending = new Promise<PoolConnection>((resolve, reject) => {
      this.pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
    });
    this.waiting += 1;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        pending.then((late) => late.release()).catch(() => undefined);
        reject(new StoreUnavailableError(`no connection to MySQL within ${this.options.acquireTimeoutMs} ms`));
      }, this.options.acquireTimeoutMs);
    });
    try {
      return await Promise.race([pending, timeout]);
    } finally {
      this.waiting -= 1;
      clearTimeout(timer);
    }
  }
}

/** After 1205 the transaction is still open, after 1213 it is gone: a rollback settles both. */
async function discardTransaction(connection: PoolConnection): Promise<void> {
  try {
    await ask(connection, 'ROLLBACK', 2_000);
    connection.release();
  } catch {
    connection.destroy();
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
