import type { DependencyCondition, Instant, JobId, JobState, JsonText } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import {
  SELECT_BLOCKED_HEADS,
  SELECT_BLOCKED_PAGE,
  SELECT_DEPENDENCIES,
  SELECT_DEPENDENCY_RESULTS,
  SELECT_MISSED,
} from '../statements/dependency.ts';
import { SELECT_WORKFLOW_OF_JOB } from '../statements/workflow.ts';
import { positionBefore, type PendingHead, type WalkPosition } from './pending-job.store.ts';
import { decideBlocked, type Decided } from './releases.ts';
import { loosen } from './standstill.ts';

/** One job that another waits for, or did. */
export interface DependencyRecord {
  readonly id: JobId;
  readonly condition: DependencyCondition;
  /** undefined: it is not kept any more */
  readonly state: JobState | undefined;
  readonly runAt: Instant | undefined;
  /** Its failure cancelled the job. */
  readonly isCause: boolean;
}

/** What a job reads of one that it waited for. */
export interface DependencyOutcome {
  readonly id: JobId;
  /** In their workflow; undefined outside of one. */
  readonly name: string | undefined;
  readonly type: string | undefined;
  /** undefined: it is not kept any more */
  readonly state: JobState | undefined;
  readonly result: JsonText | undefined;
  readonly error: JsonText | undefined;
}

/** Of a job, which workflow it is part of. */
export interface Membership {
  readonly workflowId: string;
  readonly workflow: string;
  readonly name: string;
}

/** Before every id. */
const FIRST = Buffer.alloc(16);

/** Answers what jobs wait for, and finds those that wait in vain. */
export class DependencyStore {
  constructor(private readonly database: Database) {}

  /** In the order of their ids. */
  async find(id: JobId, limit: number): Promise<DependencyRecord[]> {
    const rows = await this.database.rows<DependencyRow>(SELECT_DEPENDENCIES, [toBytes(id), limit]);
    return rows.map(({ depends_on, requirement, is_cause, state, run_at }) => ({
      id: fromBytes(depends_on),
      condition: requirement,
      state: state ?? undefined,
      runAt: run_at?.getTime(),
      isCause: is_cause === 1,
    }));
  }

  async findMembership(id: JobId): Promise<Membership | undefined> {
    const [row] = await this.database.rows<Row & { id: Buffer; workflow: string; name: string }>(
      SELECT_WORKFLOW_OF_JOB,
      [toBytes(id)],
    );
    return row && { workflowId: fromBytes(row.id), workflow: row.workflow, name: row.name };
  }

  /** What a job waited for, with what came of it, a page at a time: results may be large. */
  async *outcomes(id: JobId, pageSize: number): AsyncGenerator<DependencyOutcome> {
    for (let after: Buffer | undefined = FIRST; after;) {
      const rows: OutcomeRow[] = await this.database.rows<OutcomeRow>(SELECT_DEPENDENCY_RESULTS, [
        toBytes(id),
        after,
        pageSize,
      ]);
      yield* rows.map(toOutcome);
      after = rows.length === pageSize ? rows.at(-1)?.depends_on : undefined;
    }
  }

  /** Where the blocked jobs of each queue and priority begin. */
  async findHeads(): Promise<PendingHead[]> {
    const rows = await this.database.rows<Row & { queue: string; priority: number; first_run_at: Date }>(
      SELECT_BLOCKED_HEADS,
    );
    return rows.map((row) => ({ queue: row.queue, priority: row.priority, firstRunAt: row.first_run_at.getTime() }));
  }

  /**
   * Looks at the next `limit` blocked jobs after a position for those that nothing keeps, or that never can start. Those that
   * would keep each other for ever are loosened.
   */
  async decidePage(
    { queue, priority, firstRunAt }: PendingHead,
    after: WalkPosition = positionBefore(firstRunAt),
    limit: number,
  ): Promise<Decided & { readonly loosened: number; readonly next: WalkPosition | undefined }> {
    const rest = [queue, priority, after.instant, toBytes(after.afterId), limit];
    const later = [queue, priority, after.instant, limit];
    const rows = await this.database.rows<Row & { id: Buffer; instant: string }>(SELECT_BLOCKED_PAGE, [
      ...rest,
      ...later,
      limit,
    ]);
    const last = rows.at(-1);
    const next = last && rows.length === limit ? { instant: last.instant, afterId: fromBytes(last.id) } : undefined;
    const decided = await this.decideMissed(rows.map(({ id }) => id));
    const page = rows.map(({ id }) => fromBytes(id));
    return { ...decided, loosened: page.length === 0 ? 0 : await loosen(this.database, page), next };
  }

  private async decideMissed(page: readonly Buffer[]): Promise<Decided> {
    if (page.length === 0) return { released: 0, cancelled: 0 };
    const missed = await this.database.rows<Row & { id: Buffer }>(SELECT_MISSED, [page]);
    const ids = missed.map(({ id }) => fromBytes(id));
    if (ids.length === 0) return { released: 0, cancelled: 0 };
    return this.database.transaction((session) => decideBlocked(session, ids));
  }
}

interface DependencyRow extends Row {
  depends_on: Buffer;
  requirement: DependencyCondition;
  is_cause: 0 | 1;
  state: JobState | null;
  run_at: Date | null;
}

interface OutcomeRow extends Row {
  depends_on: Buffer;
  name: string | null;
  type: string | null;
  state: JobState | null;
  result: string | null;
  error: string | null;
}

function toOutcome({ depends_on, name, type, state, result, error }: OutcomeRow): DependencyOutcome {
  return {
    id: fromBytes(depends_on),
    name: name ?? undefined,
    type: type ?? undefined,
    state: state ?? undefined,
    result: result ?? undefined,
    error: error ?? undefined,
  };
}
