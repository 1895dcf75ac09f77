import type { FinishedState } from '@holdfast/domain';
import type { Database, Row, Session } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import {
  DELETE_JOBS,
  DELETE_TAGS,
  DELETE_WITH_JOBS,
  LOCK_PRUNED,
  SELECT_FINISHED_HEADS,
  SELECT_FINISHED_PAGE,
} from '../statements/prune.ts';
import { DELETE_EMPTY_WORKFLOWS, DELETE_WORKFLOW_JOBS, SELECT_WORKFLOWS_OF_JOBS } from '../statements/workflow.ts';
import { positionBefore, type WalkPosition } from './pending-job.store.ts';
import { tally } from './tallies.ts';

/** Where the finished jobs of a state, a queue and a priority begin. */
export interface FinishedHead {
  readonly state: FinishedState;
  readonly queue: string;
  readonly priority: number;
  readonly first: WalkPosition;
}

export interface PrunedPage {
  readonly pruned: number;
  /** Where the next page begins; undefined when this was the last. */
  readonly next: WalkPosition | undefined;
}

interface PageRow extends Row {
  id: Buffer;
  instant: string;
  isOver: 0 | 1;
}

/** What has to be known of a job to delete it. */
interface PrunedRow extends Row {
  id: Buffer;
  tenant: string;
  queue: string;
  tags: string | null;
}

/** Deletes finished jobs that were kept for long enough, with everything that belongs to them, a small page at a time. */
export class FinishedJobStore {
  constructor(private readonly database: Database) {}

  async findHeads(state: FinishedState): Promise<FinishedHead[]> {
    const rows = await this.database.rows<Row & { queue: string; priority: number; first_run_at: Date }>(
      SELECT_FINISHED_HEADS,
      [state],
    );
    return rows.map(({ queue, priority, first_run_at }) => ({
      state,
      queue,
      priority,
      first: positionBefore(first_run_at.getTime()),
    }));
  }

  /** Looks at the next `limit` jobs after a position, and prunes those of them that finished at least so long ago. */
  async prunePage(head: FinishedHead, after: WalkPosition, keptMs: number, limit: number): Promise<PrunedPage> {
    const { state, queue, priority } = head;
    const range = [keptMs * 1_000, state, queue, priority, after.instant];
    const values = [...range, toBytes(after.afterId), limit, ...range, limit, limit];
    const rows = await this.database.rows<PageRow>(SELECT_FINISHED_PAGE, values);
    const ids = rows.flatMap(({ id, isOver }) => (isOver === 1 ? [id] : []));
    const last = rows.at(-1);
    const next = last && rows.length === limit ? { instant: last.instant, afterId: fromBytes(last.id) } : undefined;
    return { pruned: ids.length === 0 ? 0 : await this.prune(state, ids, keptMs), next };
  }

  private async prune(state: FinishedState, ids: readonly Buffer[], keptMs: number): Promise<number> {
    const sorted = [...ids].sort((one, other) => Buffer.compare(one, other));
    return this.database.transaction(async (session) => {
      const rows = await session.rows<PrunedRow>(LOCK_PRUNED, [sorted, state, keptMs * 1_000]);
      if (rows.length === 0) return 0;
      await deleteJobs(session, rows);
      await tally(session, 'prune', state, undefined, rows);
      return rows.length;
    });
  }
}

/** With everything that belongs to them; the rows are locked. */
export async function deleteJobs(
  session: Session,
  rows: readonly Pick<PrunedRow, 'id' | 'tenant' | 'tags'>[],
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  for (const statement of DELETE_WITH_JOBS) await session.change(statement, [ids]);
  const tags = rows.flatMap(({ id, tenant, tags: text }) =>
    text === null ? [] : (JSON.parse(text) as string[]).map((tag) => ({ tenant, tag, id: id.toString('hex') })),
  );
  if (tags.length > 0) await session.change(DELETE_TAGS, [JSON.stringify(tags)]);
  await session.change(DELETE_JOBS, [ids]);
  await leaveWorkflows(session, ids);
}

/** With the last of its jobs a workflow goes, too. */
async function leaveWorkflows(session: Session, ids: readonly Buffer[]): Promise<void> {
  const left = await session.rows<Row & { workflow_id: Buffer }>(SELECT_WORKFLOWS_OF_JOBS, [ids]);
  if (left.length === 0) return;
  await session.change(DELETE_WORKFLOW_JOBS, [ids]);
  await session.change(DELETE_EMPTY_WORKFLOWS, [left.map(({ workflow_id }) => workflow_id)]);
}
