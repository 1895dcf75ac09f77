import {
  DEPENDENCY_CONDITIONS,
  SHOWN_STATES,
  shownState,
  WORKFLOW_STATES,
  workflowState,
  type Instant,
  type ShownState,
} from '@holdfast/domain';
import type { LinkRecord, NodeRecord, WorkflowCount, WorkflowRecord } from '@holdfast/persistence';
import { idField, strictObject } from '@holdfast/contract';
import { z } from 'zod';
import { cursorField, limitField } from '../http/page.ts';

const time = z.iso.datetime();
const count = z.int();
const condition = z.enum(DEPENDENCY_CONDITIONS);

/** A workflow as lists show it. */
export const WorkflowSummary = z
  .object({
    id: z.uuid(),
    name: z.string(),
    state: z.enum(WORKFLOW_STATES).meta({
      description: 'running until every job has finished; then succeeded, if all jobs have, else failed or cancelled',
    }),
    createdAt: time,
    cancelledAt: time.nullable().meta({ description: 'Nothing may be added from then on, until it is retried' }),
    finishedAt: time.nullable(),
    counts: z
      .object(Object.fromEntries(SHOWN_STATES.map((state) => [state, count])) as Record<ShownState, typeof count>)
      .meta({ description: 'How many of its jobs, of those that are kept, are in which state' }),
    progress: z.object({ finished: count, jobs: count }),
  })
  .meta({ id: 'WorkflowSummary' });
export type WorkflowSummary = z.output<typeof WorkflowSummary>;

const WorkflowNode = z.object({
  name: z.string(),
  id: z.uuid().meta({ description: 'The job' }),
  type: z.string(),
  queue: z.string(),
  state: z.enum(SHOWN_STATES),
  attempt: z.int(),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  awaitsAll: condition.nullable().meta({ description: 'It waits for all others, also for those that are added later' }),
  addedBy: z.uuid().nullable().meta({ description: 'The job whose handler added it' }),
});

const WorkflowEdge = z.object({
  from: z.string().meta({ description: 'The job that is waited for' }),
  to: z.string().meta({ description: 'The job that waits' }),
  on: condition,
  failed: z.boolean().meta({ description: 'The one that waits was cancelled for it' }),
});

/** A workflow, whole: enough to draw it. */
export const Workflow = z
  .object({ ...WorkflowSummary.shape, nodes: z.array(WorkflowNode), edges: z.array(WorkflowEdge) })
  .meta({ id: 'Workflow' });
export type Workflow = z.output<typeof Workflow>;

/** What became of a submission: the jobs by their names. */
export const AcceptedWorkflow = z
  .object({ id: z.uuid(), name: z.string(), jobs: z.record(z.string(), z.uuid()) })
  .meta({ id: 'AcceptedWorkflow' });
export type AcceptedWorkflow = z.output<typeof AcceptedWorkflow>;

export const AcceptedJobs = z.object({ jobs: z.record(z.string(), z.uuid()) });
export type AcceptedJobs = z.output<typeof AcceptedJobs>;

export const WorkflowQuery = strictObject({ limit: limitField, cursor: cursorField(idField) });
export type WorkflowQuery = z.output<typeof WorkflowQuery>;

export const WorkflowParameters = strictObject({ id: idField });
export type WorkflowParameters = z.output<typeof WorkflowParameters>;

/** So many jobs of a workflow stand so. */
type Count = Pick<WorkflowCount, 'state' | 'isAhead' | 'n' | 'finishedAt'>;

export function countNodes(nodes: readonly NodeRecord[], now: Instant): Count[] {
  return nodes.map(({ state, runAt, finishedAt }) => ({ state, isAhead: runAt > now, n: 1, finishedAt }));
}

export function summaryOfWorkflow(workflow: WorkflowRecord, counted: readonly Count[]): WorkflowSummary {
  const counts = Object.fromEntries(SHOWN_STATES.map((state) => [state, 0])) as Record<ShownState, number>;
  for (const { state, isAhead, n } of counted) {
    counts[state === 'pending' ? (isAhead ? 'scheduled' : 'ready') : state] += n;
  }
  const state = workflowState(counts, workflow.cancelledAt !== undefined);
  const jobs = counted.reduce((sum, { n }) => sum + n, 0);
  const ends = counted.flatMap(({ finishedAt, n }) => (finishedAt === undefined ? [] : [{ finishedAt, n }]));
  return {
    id: workflow.id,
    name: workflow.name,
    state,
    createdAt: new Date(workflow.createdAt).toISOString(),
    cancelledAt: toTime(workflow.cancelledAt),
    finishedAt: state === 'running' ? null : toTime(Math.max(...ends.map(({ finishedAt }) => finishedAt))),
    counts,
    progress: { finished: ends.reduce((sum, { n }) => sum + n, 0), jobs },
  };
}

export function viewOfNode(node: NodeRecord, now: Instant): Workflow['nodes'][number] {
  return {
    name: node.name,
    id: node.id,
    type: node.type,
    queue: node.queue,
    attempt: node.attempt,
    state: shownState(node.state, node.runAt, now),
    startedAt: toTime(node.startedAt),
    finishedAt: toTime(node.finishedAt),
    awaitsAll: node.awaitsAll ?? null,
    addedBy: node.addedBy ?? null,
  };
}

export function viewOfLink({ from, to, condition, isCause }: LinkRecord): Workflow['edges'][number] {
  return { from, to, on: condition, failed: isCause };
}

function toTime(instant: Instant | undefined): string | null {
  return instant === undefined || !Number.isFinite(instant) ? null : new Date(instant).toISOString();
}
