import type { IndexEntry } from '@holdfast/domain';
import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2';
import { codeOf } from './database-errors.ts';
import type { Booked, DatabaseObserver } from './database-observer.ts';
import type { DatabaseOptions, Retry } from './database-options.ts';

export type Row = RowDataPacket;

/** Statements of one transaction. Values are escaped by the client; an array stands for a list of values. */
export interface Session {
  /** In whose name transitions go into the journal; undefined: they do not. */
  readonly journalAs: string | undefined;
  rows<T extends Row>(statement: string, values?: readonly unknown[]): Promise<T[]>;
  /** @returns how many rows the guard matched */
  change(statement: string, values?: readonly unknown[]): Promise<number>;
  /** For whoever counts: these jobs have made a transition, if this is committed. */
  book(event: string, jobs: number): void;
}

export interface Transaction extends Session {
  /**
   * A statement whose answer nobody needs: it travels in front of the next one, at the latest of COMMIT. Every message
   * costs both sides about as much as a small statement does, so a lone job is claimed in two instead of five.
   */
  later(statement: string, values?: readonly unknown[]): void;
  /** Sends what still waits to travel. */
  flush(): Promise<void>;
  /** Jobs that are there to be run once this is committed: the index is told then. */
  announce(entries: readonly IndexEntry[]): void;
}

interface Waiting {
  readonly statement: string;
  /** With its values */
  readonly text: string;
}

export class ConnectionSession implements Transaction {
  readonly journalAs: string | undefined;
  readonly booked: Booked[] = [];
  readonly announced: IndexEntry[] = [];
  private readonly timeout: number;
  private waiting: Waiting[] = [];

  constructor(
    private readonly connection: PoolConnection,
    { statementTimeoutMs, journalAs }: DatabaseOptions,
    private readonly observer: DatabaseObserver,
  ) {
    this.timeout = statementTimeoutMs;
    this.journalAs = journalAs;
  }

  async rows<T extends Row>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    this.later(sql, values);
    return this.send<T[]>();
  }

  async change(sql: string, values: readonly unknown[] = []): Promise<number> {
    this.later(sql, values);
    const { affectedRows } = await this.send<ResultSetHeader>();
    return affectedRows;
  }

  async flush(): Promise<void> {
    if (this.waiting.length > 0) await this.send<ResultSetHeader>();
  }

  book(event: string, jobs: number): void {
    this.booked.push({ event, jobs });
  }

  announce(entries: readonly IndexEntry[]): void {
    this.announced.push(...entries);
  }

  later(statement: string, values: readonly unknown[] = []): void {
    this.waiting.push({ statement, text: this.connection.format(statement, [...values]) });
  }

  /** Of several statements the last one's answer counts: the first that fails ends them all. */
  private async send<T extends Row[] | ResultSetHeader>(): Promise<T> {
    const statements = this.waiting;
    const last = statements.at(-1)?.statement ?? '';
    this.waiting = [];
    const askedAt = performance.now();
    try {
      const answer = await ask(this.connection, statements.map(({ text }) => text).join(';\n'), this.timeout);
      this.observer.answered(last, performance.now() - askedAt);
      return (statements.length > 1 ? (answer as unknown[]).at(-1) : answer) as T;
    } catch (error) {
      // The client puts in the statement with its values: payloads have no place in a log.
      if (error instanceof Error) Object.assign(error, { sql: nameOf(last) });
      throw error;
    }
  }
}

/** The client's own promises take a stack trace for every statement, which costs more than most statements do. */
export function ask(connection: PoolConnection, sql: string, timeout: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query({ sql, timeout }, (error, answer) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}

export function toRetry(error: unknown, attempt: number): Retry {
  const sql = error instanceof Error && 'sql' in error ? error.sql : undefined;
  return { code: codeOf(error), statement: typeof sql === 'string' ? sql : 'connecting', attempt };
}

/** As much of a statement as tells it from the others. */
function nameOf(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim().slice(0, 80);
}
