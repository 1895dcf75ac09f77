import {
  FINISHED_STATES,
  statesThatAllow,
  type Instant,
  type JobId,
  type JobState,
  type WorkerId,
  type WorkflowId,
} from '@holdfast/domain';
import type { Database, Row, Session, Transaction } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { LOCK_RERUN } from '../statements/dependency.ts';
import { CANCEL_WAITING } from '../statements/operate.ts';
import {
  COUNT_WORKFLOW_JOBS,
  LOCK_UNFINISHED,
  LOCK_WORKFLOW,
  REQUEST_CANCEL_OF_ALL,
  SELECT_WORKFLOW,
  SELECT_WORKFLOW_JOB_IDS,
  SELECT_WORKFLOWS,
  SET_WORKFLOW_CANCELLED,
  SIGNAL_CANCEL_TO_ALL,
} from '../statements/workflow.ts';
import { releaseDependants, withDependants } from './releases.ts';
import { claimsOfRerun, RerunKeys } from './rerun-keys.ts';
import { rerun, type FinishedRow } from './reruns.ts';
import { tally } from './tallies.ts';
import {
  nameLinks,
  readLinks,
  readNodes,
  toWorkflow,
  type LinkRecord,
  type NodeRecord,
  type WorkflowRecord,
  type WorkflowRow,
} from './workflow-rows.ts';

/** How many jobs of a workflow are in a state; `isAhead` tells scheduled ones from ready ones. */
export interface WorkflowCount {
  readonly workflowId: WorkflowId;
  readonly state: JobState;
  readonly isAhead: boolean;
  readonly n: number;
  readonly finishedAt: Instant | undefined;
}

/** Workers that run jobs of a workflow, and were asked to stop them. */
export interface WorkflowCancelled {
  readonly workers: readonly WorkerId[];
}

/** Every job of a workflow is looked up, so a long page is counted in parts, side by side. */
const COUNTED_TOGETHER = 70;

interface UnfinishedRow extends Row {
  id: Buffer;
  tenant: string;
  queue: string;
  state: JobState;
  run_at: Date;
  worker_id: Buffer | null;
  has_dependants: 0 | 1;
}

/** Workflows as a whole: looked at, cancelled, run again. */
export class WorkflowStore {
  constructor(private readonly database: Database) {}

  async find(tenant: string, id: WorkflowId): Promise<WorkflowRecord | undefined> {
    const [row] = await this.database.rows<WorkflowRow>(SELECT_WORKFLOW, [toBytes(id), tenant]);
    return row && toWorkflow(row);
  }

  /** The newest first. */
  async list(tenant: string, before: WorkflowId, limit: number): Promise<WorkflowRecord[]> {
    const rows = await this.database.rows<WorkflowRow>(SELECT_WORKFLOWS, [tenant, toBytes(before), limit]);
    return rows.map(toWorkflow);
  }

  /** Its jobs, and who of them waits for whom. */
  async findGraph(id: WorkflowId): Promise<{ nodes: NodeRecord[]; links: LinkRecord[] }> {
    const [nodes, rows] = await Promise.all([readNodes(this.database, id), readLinks(this.database, id)]);
    return { nodes, links: nameLinks(rows, nodes) };
  }

  async count(ids: readonly WorkflowId[]): Promise<WorkflowCount[]> {
    const parts = Array.from({ length: Math.ceil(ids.length / COUNTED_TOGETHER) }, (_, n) =>
      ids.slice(n * COUNTED_TOGETHER, (n + 1) * COUNTED_TOGETHER).map(toBytes),
    );
    const rows = await Promise.all(parts.map((part) => this.database.rows<CountRow>(COUNT_WORKFLOW_JOBS, [part])));
    return rows.flat().map(({ workflow_id, state, is_ahead, n, finished_at }) => ({
      workflowId: fromBytes(workflow_id),
      state,
      isAhead: is_ahead === 1,
      n,
      finishedAt: finished_at?.getTime(),
    }));
  }

  /** Everything that waits is cancelled, and what runs is asked to stop. @returns undefined if there is no such workflow */
  async cancel(tenant: string, id: WorkflowId, now: Instant): Promise<WorkflowCancelled | undefined> {
    return this.database.transaction(async (session) => {
      if (!(await lock(session, tenant, id))) return undefined;
      const ids = await jobIdsOf(session, id);
      const rows = await session.rows<UnfinishedRow>(LOCK_UNFINISHED, [ids, statesThatAllow('cancel')]);
      if (rows.length > 0) await session.change(SET_WORKFLOW_CANCELLED, [new Date(now), toBytes(id)]);
      const waiting = rows.filter(({ worker_id }) => worker_id === null);
      await cancelWaiting(session, waiting);
      await releaseDependants(session, withDependants(waiting));
      return { workers: await askToStop(session, rows) };
    });
  }

  /** Whatever of it has not succeeded begins anew, in its order. @returns whether there is such a workflow */
  async retry(tenant: string, id: WorkflowId, now: Instant): Promise<boolean> {
    const known = await jobIdsOf(this.database, id);
    const claims = await claimsOfRerun(this.database, tenant, known.map(fromBytes), now);
    return this.database.transaction(async (session, attempt) => {
      if (!(await lock(session, tenant, id))) return false;
      const keys = await RerunKeys.lock(session, claims);
      await session.change(SET_WORKFLOW_CANCELLED, [null, toBytes(id)]);
      const states = FINISHED_STATES.filter((state) => state !== 'succeeded');
      const rows = await session.rows<FinishedRow>(LOCK_RERUN, [await jobIdsOf(session, id), states]);
      await rerun(session, rows, now, keys);
      await keys.write(session, attempt);
      return true;
    });
  }
}

interface CountRow extends Row {
  workflow_id: Buffer;
  state: JobState;
  is_ahead: 0 | 1;
  n: number;
  finished_at: Date | null;
}

async function lock(session: Session, tenant: string, id: WorkflowId): Promise<boolean> {
  return (await session.rows(LOCK_WORKFLOW, [toBytes(id), tenant])).length > 0;
}

async function jobIdsOf(session: Pick<Session, 'rows'>, id: WorkflowId): Promise<Buffer[]> {
  const rows = await session.rows<Row & { job_id: Buffer }>(SELECT_WORKFLOW_JOB_IDS, [toBytes(id)]);
  return rows.map(({ job_id }) => job_id).sort((a, b) => a.compare(b));
}

async function cancelWaiting(session: Transaction, rows: readonly UnfinishedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await session.change(CANCEL_WAITING, [rows.map(({ id }) => id), statesThatAllow('cancel')]);
  for (const [from, group] of Map.groupBy(rows, ({ state }) => state)) {
    await tally(session, 'cancel', from, 'cancelled', group, ({ run_at }) => run_at.getTime());
  }
}

async function askToStop(session: Transaction, rows: readonly UnfinishedRow[]): Promise<WorkerId[]> {
  const running = rows.flatMap(({ id, worker_id }) => (worker_id ? [{ id, worker: fromBytes(worker_id) }] : []));
  if (running.length === 0) return [];
  await session.change(REQUEST_CANCEL_OF_ALL, [running.map(({ id }) => id)]);
  const workers = [...new Set<JobId>(running.map(({ worker }) => worker))].sort();
  await session.change(SIGNAL_CANCEL_TO_ALL, [workers.map(toBytes)]);
  return workers;
}
