import type { Instant, JobEvent, JobId, JobState, WorkerId } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes } from '../database/identifiers.ts';
import {
  COUNT_LAST_TRANSITIONS,
  DELETE_TRANSITIONS,
  SELECT_JOURNAL_BOUNDS,
  SELECT_JOURNAL_END,
  SELECT_TRANSITION_AGES,
  SELECT_TRANSITION_IDS,
  SELECT_TRANSITIONS,
  SELECT_TRANSITIONS_OF_TENANT,
} from '../statements/journal.ts';
import { settle, type Numbered, type Settled } from './settled.ts';

/** One row of the journal: what happened to a job, and how it was afterwards. */
export interface Transition {
  /** Grows from one transition of a job to the next. */
  readonly id: number;
  readonly at: Instant;
  /** Seconds since then, by the clock of MySQL. */
  readonly age: number;
  readonly jobId: JobId;
  readonly tenant: string;
  readonly queue: string;
  readonly type: string;
  readonly event: JobEvent;
  readonly to: JobState;
  readonly generation: number;
  readonly attempt: number;
  readonly crashes: number;
  readonly fence: number;
  readonly runAt: Instant;
  readonly workerId: WorkerId | undefined;
}

export interface JournalBounds {
  /** 0: the journal is empty. */
  readonly oldest: number;
  readonly newest: number;
}

/** How far back a transaction that is open is looked for where reading begins. */
const LOOK_BACK = 10_000;

/** Reads the journal of transitions in an order in which nothing is missed, and deletes what was kept for long enough. */
export class JournalStore {
  constructor(private readonly database: Database) {}

  /** Whether this program, and so its like, writes the journal. */
  get isKept(): boolean {
    return this.database.journalAs !== undefined;
  }

  async bounds(): Promise<JournalBounds> {
    const [row] = await this.database.rows<Row & { oldest: number | null; newest: number | null }>(
      SELECT_JOURNAL_BOUNDS,
    );
    return { oldest: row?.oldest ?? 0, newest: row?.newest ?? 0 };
  }

  /** Where to begin so that whatever commits from now on is read. */
  async findHead(): Promise<number> {
    const { newest } = await this.bounds();
    const after = Math.max(0, newest - LOOK_BACK);
    const [there] = await this.database.rows<Row & { n: number; last: number | null }>(COUNT_LAST_TRANSITIONS, [after]);
    const last = there?.last ?? after;
    if (last - after === there?.n) return last; // no number is missing, so none can still come
    const rows = await this.database.rows<Row & Numbered>(SELECT_TRANSITION_AGES, [after, LOOK_BACK]);
    return (await this.settled(after, rows)).position;
  }

  /** What follows a position, of all tenants, as far as nothing can come in between any more. */
  async readSettled(after: number, limit: number): Promise<Settled<Transition>> {
    const rows = await this.database.rows<TransitionRow>(SELECT_TRANSITIONS, [after, limit]);
    return this.settled(after, rows.map(toTransition));
  }

  /** What a tenant has in a part of the journal in which nothing can come in between any more. */
  async readOfTenant(tenant: string, after: number, until: number): Promise<Transition[]> {
    const rows = await this.database.rows<TransitionRow>(SELECT_TRANSITIONS_OF_TENANT, [after, until, tenant]);
    return rows.map(toTransition);
  }

  /** In the order of the journal, so that its oldest row tells what there is. @returns how many rows were deleted */
  async prune(keptMs: number, limit: number): Promise<number> {
    const [row] = await this.database.rows<Row & { last: number | null }>(SELECT_JOURNAL_END, [limit, keptMs]);
    const last = row?.last ?? null;
    return last === null ? 0 : this.database.change(DELETE_TRANSITIONS, [last]);
  }

  private async settled<Entry extends Numbered>(after: number, entries: readonly Entry[]): Promise<Settled<Entry>> {
    const last = entries.at(-1)?.id ?? after;
    const isWhole = last - after === entries.length;
    return settle(after, entries, isWhole ? [] : await this.findUncommitted(after, last, entries));
  }

  /** What was committed since it was read counts as not committed: the next time it is read. */
  private async findUncommitted(after: number, before: number, entries: readonly Numbered[]): Promise<number[]> {
    const present = await this.database.uncommittedRows<Row & { id: number }>(SELECT_TRANSITION_IDS, [after, before]);
    const committed = new Set(entries.map(({ id }) => id));
    return present.flatMap(({ id }) => (committed.has(id) ? [] : [id]));
  }
}

interface TransitionRow extends Row {
  id: number;
  at: Date;
  age: number;
  job_id: Buffer;
  tenant: string;
  queue: string;
  type: string;
  event: JobEvent;
  to_state: JobState;
  generation: number;
  attempt: number;
  crashes: number;
  fence: number;
  run_at: Date;
  worker_id: Buffer | null;
}

function toTransition(row: TransitionRow): Transition {
  const { id, age, tenant, queue, type, event, generation, attempt, crashes, fence } = row;
  return {
    ...{ id, age, tenant, queue, type, event, generation, attempt, crashes, fence },
    at: row.at.getTime(),
    jobId: fromBytes(row.job_id),
    to: row.to_state,
    runAt: row.run_at.getTime(),
    workerId: row.worker_id === null ? undefined : fromBytes(row.worker_id),
  };
}
