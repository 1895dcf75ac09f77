import type { PoolOptions } from 'mysql2';
import type { ServerUrl } from './server-url.ts';

export interface DatabaseOptions {
  /** mysql://user:password@host:port/database, with what server-url.ts reads */
  readonly url: string;
  readonly connections: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /**
   * MySQL hangs up on who says nothing for so long, also in the middle of a transaction: the rows that a frozen program or
   * a machine without power had locked are free then, and not only when TCP notices, hours later.
   */
  readonly silenceS: number;
  /** How often a transaction is tried in all. */
  readonly transactionAttempts: number;
  /** No further attempt begins later than this after the first. */
  readonly retryWithinMs: number;
  /** Grows with every attempt, with jitter. */
  readonly retryDelayMs: number;
  /** In whose name transitions are written into the journal; undefined: they are not. */
  readonly journalAs: string | undefined;
  /** Told of every error after which something is tried again. */
  readonly onRetry?: (retry: Retry) => void;
}

export interface Retry {
  /** As the client names it: ER_LOCK_DEADLOCK, PROTOCOL_CONNECTION_LOST, ... */
  readonly code: string;
  /** The beginning of the statement that failed, without values. */
  readonly statement: string;
  /** Which try failed: 1 is the first. */
  readonly attempt: number;
}

export const DATABASE_DEFAULTS = {
  connections: 10,
  acquireTimeoutMs: 5_000,
  statementTimeoutMs: 5_000,
  silenceS: 30,
  transactionAttempts: 5,
  retryWithinMs: 5_000,
  retryDelayMs: 50,
  journalAs: undefined,
} as const satisfies Omit<DatabaseOptions, 'url' | 'onRetry'>;

/** Set explicitly, so that both databases mean the same whatever their configuration says. */
export function sessionSettings({ silenceS }: DatabaseOptions): readonly string[] {
  return [
    `SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 3, wait_timeout = ${silenceS}, ` +
      "sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  ];
}

export function poolOptions(options: DatabaseOptions, { uri, ssl }: ServerUrl): PoolOptions {
  return {
    uri,
    ...(ssl ? { ssl } : {}),
    connectionLimit: options.connections,
    maxIdle: options.connections,
    connectTimeout: options.acquireTimeoutMs,
    multipleStatements: true, // for Transaction.later; no statement here is made of anything that came from outside
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    timezone: 'Z',
    charset: 'utf8mb4_bin',
    supportBigNumbers: true,
    stringifyObjects: true,
    jsonStrings: true,
  };
}
