import type { DependencyCondition, Instant, JobId, JobState, Workflow } from '@holdfast/domain';
import type { Row, Session } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { SELECT_WORKFLOW_LINKS, SELECT_WORKFLOW_NODES } from '../statements/workflow.ts';

export interface WorkflowRecord extends Workflow {
  readonly cancelledAt: Instant | undefined;
}

export interface WorkflowRow extends Row {
  id: Buffer;
  tenant: string;
  name: string;
  created_at: Date;
  cancelled_at: Date | null;
}

/** One job of a workflow, as a picture of it needs it. */
export interface NodeRecord {
  readonly name: string;
  readonly id: JobId;
  readonly type: string;
  readonly queue: string;
  readonly state: JobState;
  readonly runAt: Instant;
  readonly attempt: number;
  readonly startedAt: Instant | undefined;
  readonly finishedAt: Instant | undefined;
  readonly awaitsAll: DependencyCondition | undefined;
  readonly addedBy: JobId | undefined;
}

/** Who waits for whom, by the names that they have in the workflow. */
export interface LinkRecord {
  readonly from: string;
  readonly to: string;
  readonly condition: DependencyCondition;
  /** The job was cancelled because of this one. */
  readonly isCause: boolean;
}

export function toWorkflow({ id, tenant, name, created_at, cancelled_at }: WorkflowRow): WorkflowRecord {
  const times = { createdAt: created_at.getTime(), cancelledAt: cancelled_at?.getTime() };
  return { id: fromBytes(id), tenant, name, ...times };
}

/** In the order of their names. */
export async function readNodes(session: Pick<Session, 'rows'>, workflowId: string): Promise<NodeRecord[]> {
  const rows = await session.rows<NodeRow>(SELECT_WORKFLOW_NODES, [toBytes(workflowId)]);
  return rows.map((row) => ({
    name: row.name,
    id: fromBytes(row.job_id),
    type: row.type,
    queue: row.queue,
    state: row.state,
    runAt: row.run_at.getTime(),
    attempt: row.attempt,
    startedAt: row.started_at?.getTime(),
    finishedAt: row.finished_at?.getTime(),
    awaitsAll: row.awaits_all ?? undefined,
    addedBy: row.added_by === null ? undefined : fromBytes(row.added_by),
  }));
}

/** Of which the one that is waited for has no name yet. */
export function readLinks(session: Pick<Session, 'rows'>, workflowId: string): Promise<LinkRow[]> {
  return session.rows<LinkRow>(SELECT_WORKFLOW_LINKS, [toBytes(workflowId)]);
}

/** Only those between these. */
export function nameLinks(rows: readonly LinkRow[], nodes: readonly NodeRecord[]): LinkRecord[] {
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  return rows.flatMap(({ depends_on, name, requirement, is_cause }) => {
    const from = names.get(fromBytes(depends_on));
    return from === undefined ? [] : [{ from, to: name, condition: requirement, isCause: is_cause === 1 }];
  });
}

interface NodeRow extends Row {
  name: string;
  job_id: Buffer;
  awaits_all: DependencyCondition | null;
  added_by: Buffer | null;
  type: string;
  queue: string;
  state: JobState;
  run_at: Date;
  attempt: number;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface LinkRow extends Row {
  name: string;
  depends_on: Buffer;
  requirement: DependencyCondition;
  is_cause: 0 | 1;
}
