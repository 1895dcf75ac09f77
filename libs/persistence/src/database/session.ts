import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
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

export class ConnectionSession implements Session {
  readonly journalAs: string | undefined;
  readonly booked: Booked[] = [];
  private readonly timeout: number;

  constructor(
    private readonly connection: PoolConnection,
    { statementTimeoutMs, journalAs }: DatabaseOptions,
    private readonly observer: DatabaseObserver,
  ) {
    this.timeout = statementTimeoutMs;
    this.journalAs = journalAs;
  }

  async rows<T extends Row>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const [rows] = await this.query<T[]>(sql, values);
    return rows;
  }

  async change(sql: string, values: readonly unknown[] = []): Promise<number> {
    const [header] = await this.query<ResultSetHeader>(sql, values);
    return header.affectedRows;
  }

  book(event: string, jobs: number): void {
    this.booked.push({ event, jobs });
  }

  private async query<T extends Row[] | ResultSetHeader>(sql: string, values: readonly unknown[]) {
    const askedAt = performance.now();
    try {
      const answer = await this.connection.query<T>({ sql, timeout: this.timeout }, [...values]);
      this.observer.answered(sql, performance.now() - askedAt);
      return answer;
    } catch (error) {
      // The client puts in the statement with its values: payloads have no place in a log.
      if (error instanceof Error) Object.assign(error, { sql: nameOf(sql) });
      throw error;
    }
  }
}

export function toRetry(error: unknown, attempt: number): Retry {
  const sql = error instanceof Error && 'sql' in error ? error.sql : undefined;
  return { code: codeOf(error), statement: typeof sql === 'string' ? sql : 'connecting', attempt };
}

/** As much of a statement as tells it from the others. */
function nameOf(sql: string): string {
  return sql.replaceAll(/\s+/g, ' ').trim().slice(0, 80);
}
