import type { Instant, JobEvent, JobState } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import {
  BALANCE_OF_EVERYBODY,
  BALANCE_OF_QUEUES,
  BALANCE_OF_TENANT,
  BALANCE_PARTS,
  MINUTES_OF_QUEUES,
  MINUTES_OF_TENANT,
  RECENT_OF_QUEUES,
  RECENT_OF_TENANT,
  SELECT_QUEUES_OF_TENANT,
} from '../statements/books.ts';
import { EVERY_QUEUE } from './tally-sums.ts';

export interface TallySum {
  readonly event: JobEvent;
  /** undefined: the job did not exist before */
  readonly from: JobState | undefined;
  /** undefined: the job exists no more */
  readonly to: JobState | undefined;
  readonly n: number;
}

export interface Account {
  readonly sums: readonly TallySum[];
  /** How many of the pending jobs are put off, to the second. */
  readonly scheduled: number;
}

export interface MinuteSum {
  readonly startsAt: Instant;
  readonly event: JobEvent;
  readonly n: number;
}

interface BalanceRow extends Row {
  queue: string;
  event: JobEvent | 'scheduled';
  fromState: JobState | '';
  toState: JobState | '';
  n: string | number;
}

/** Reads the books, never the jobs: what it costs depends on the queues that are asked for and not on the jobs there are. */
export class BookStore {
  constructor(private readonly database: Database) {}

  /** Of a tenant, or of one of its queues. */
  async balance(tenant: string, queue?: string): Promise<Account> {
    if (queue !== undefined) return (await this.balanceByQueue(tenant, [queue])).get(queue) ?? NOTHING;
    const values = Array.from({ length: BALANCE_PARTS }, () => tenant);
    const rows = await this.database.rows<BalanceRow>(BALANCE_OF_TENANT, values);
    return byQueue(rows).get(EVERY_QUEUE) ?? NOTHING;
  }

  async balanceByQueue(tenant: string, queues: readonly string[]): Promise<Map<string, Account>> {
    if (queues.length === 0) return new Map();
    const values = Array.from({ length: BALANCE_PARTS }, () => [tenant, queues]).flat();
    return byQueue(await this.database.rows<BalanceRow>(BALANCE_OF_QUEUES, values));
  }

  /** Of every queue, over all tenants. */
  async balanceOfEverybody(): Promise<Map<string, Account>> {
    return byQueue(await this.database.rows<BalanceRow>(BALANCE_OF_EVERYBODY));
  }

  /** How often each event happened in the last seconds, at most a minute or two. */
  async recent(tenant: string, seconds: number, queue?: string): Promise<Map<JobEvent, number>> {
    const values = queue === undefined ? [tenant, seconds] : [tenant, [queue], seconds];
    const statement = queue === undefined ? RECENT_OF_TENANT : RECENT_OF_QUEUES;
    const rows = await this.database.rows<Row & { event: JobEvent; n: string }>(statement, [...values, ...values]);
    return new Map(rows.map(({ event, n }) => [event, Number(n)]));
  }

  /** How often each event happened in each of the last minutes, at most two hours, and in the one that has begun. */
  async byMinute(tenant: string, minutes: number, queue?: string): Promise<MinuteSum[]> {
    const values = queue === undefined ? [tenant, minutes * 60] : [tenant, [queue], minutes * 60];
    const statement = queue === undefined ? MINUTES_OF_TENANT : MINUTES_OF_QUEUES;
    const rows = await this.database.rows<Row & { startsAt: Date; event: JobEvent; n: string }>(statement, [
      ...values,
      ...values,
    ]);
    return rows.map(({ startsAt, event, n }) => ({ startsAt: startsAt.getTime(), event, n: Number(n) }));
  }

  /** Queues that ever had a job of this tenant, by name. */
  async findQueues(tenant: string, after: string, limit: number): Promise<string[]> {
    const part = [tenant, after, limit];
    const rows = await this.database.rows<Row & { queue: string }>(SELECT_QUEUES_OF_TENANT, [...part, ...part, limit]);
    return rows.map(({ queue }) => queue);
  }
}

const NOTHING: Account = { sums: [], scheduled: 0 };

function byQueue(rows: readonly BalanceRow[]): Map<string, Account> {
  const accounts = new Map<string, { sums: TallySum[]; scheduled: number }>();
  for (const { queue, event, fromState, toState, n } of rows) {
    const account = accounts.get(queue) ?? { sums: [], scheduled: 0 };
    accounts.set(queue, account);
    if (event === 'scheduled') account.scheduled += Math.max(0, Number(n));
    else account.sums.push({ event, from: fromState || undefined, to: toState || undefined, n: Number(n) });
  }
  return accounts;
}
