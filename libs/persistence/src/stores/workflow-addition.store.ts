import {
  additionFaults,
  ALL_OTHERS,
  linkJobsOf,
  orderFaults,
  type AddedNode,
  type GraphFault,
  type JobId,
  type JobState,
  type KnownNode,
  type LinkedJobs,
  type WorkerId,
  type WorkflowId,
} from '@holdfast/domain';
import type { Database, Row, Session, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { INSERT_DEPENDENCIES, LOCK_DEPENDENCIES, MARK_DEPENDENCIES } from '../statements/dependency.ts';
import { HOLD_JOB } from '../statements/effect.ts';
import { LOCK_WORKFLOW } from '../statements/workflow.ts';
import { isDependent } from './dependency-links.ts';
import { insertJobs } from './job-submission.store.ts';
import { decideBlocked } from './releases.ts';
import { readLines } from './workflow-lines.ts';
import {
  nameLinks,
  readLinks,
  readNodes,
  toWorkflow,
  type NodeRecord,
  type WorkflowRecord,
  type WorkflowRow,
} from './workflow-rows.ts';

/** The attempt whose handler adds jobs to its own workflow. */
export interface AddingAttempt {
  readonly workerId: WorkerId;
  readonly jobId: JobId;
  readonly fence: number;
}

export type AdditionAnswer =
  /** With the ids by name; also if an earlier attempt of the same job has added them. */
  | { readonly kind: 'added'; readonly ids: ReadonlyMap<string, JobId> }
  | { readonly kind: 'unknown-workflow' }
  /** Nothing is added to a workflow that was cancelled. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'faulty'; readonly faults: readonly GraphFault[] }
  /** The job that adds them was taken away. */
  | { readonly kind: 'job-lost' };

/** Lets workflows grow while they run. */
export class WorkflowAdditionStore {
  constructor(private readonly database: Database) {}

  /** All of the jobs or none. Whoever adds to a workflow, cancels it or runs it again has its row first. */
  async add(tenant: string, id: WorkflowId, added: readonly AddedNode[], by?: AddingAttempt): Promise<AdditionAnswer> {
    return this.database.transaction(async (session): Promise<AdditionAnswer> => {
      const workflow = await lock(session, tenant, id);
      if (!workflow) return { kind: 'unknown-workflow' };
      if (by && !(await holds(session, by))) return { kind: 'job-lost' };
      const nodes = await readNodes(session, id);
      const before = findBefore(nodes, added, by);
      if (before) return { kind: 'added', ids: before };
      if (workflow.cancelledAt !== undefined) return { kind: 'cancelled' };
      const known = await toKnown(session, id, nodes);
      const faults = await findFaults(session, nodes, known, added);
      if (faults.length > 0) return { kind: 'faulty', faults };
      const linked = linkJobsOf({ workflow, isNew: false, known, added, addedBy: by?.jobId });
      await write(session, linked);
      return { kind: 'added', ids: new Map(added.map(({ name, job }) => [name, job.id])) };
    });
  }
}

async function lock(session: Session, tenant: string, id: WorkflowId): Promise<WorkflowRecord | undefined> {
  const [row] = await session.rows<WorkflowRow>(LOCK_WORKFLOW, [toBytes(id), tenant]);
  return row && toWorkflow(row);
}

async function holds(session: Session, { workerId, jobId, fence }: AddingAttempt): Promise<boolean> {
  return (await session.rows(HOLD_JOB, [toBytes(jobId), toBytes(workerId), fence])).length > 0;
}

/** They are there already: by an earlier attempt of the job that adds them, or by ourselves, when a commit's answer was lost. */
function findBefore(
  nodes: readonly NodeRecord[],
  added: readonly AddedNode[],
  by: AddingAttempt | undefined,
): Map<string, JobId> | undefined {
  const there = new Map(nodes.map((node) => [node.name, node]));
  const ids = new Map<string, JobId>();
  for (const { name, job } of added) {
    const node = there.get(name);
    const isOurs = node && (node.id === job.id || (by !== undefined && node.addedBy === by.jobId));
    if (!isOurs) return undefined;
    ids.set(name, node.id);
  }
  return ids;
}

/** As the rules see them: one that waits for all others does so whatever there is to wait for. */
async function toKnown(session: Session, id: WorkflowId, nodes: readonly NodeRecord[]): Promise<KnownNode[]> {
  const links = Map.groupBy(nameLinks(await readLinks(session, id), nodes), ({ to }) => to);
  return nodes.map(({ id: jobId, name, awaitsAll }) => {
    const named = (links.get(name) ?? []).map(({ from, condition }) => ({ name: from, condition }));
    const star = awaitsAll === undefined ? [] : [{ name: ALL_OTHERS, condition: awaitsAll }];
    return { id: jobId, name, dependsOn: [...named, ...star] };
  });
}

/** Only a job that waits for all others can come to wait for a new one that its own order keeps. */
async function findFaults(
  session: Session,
  nodes: readonly NodeRecord[],
  known: readonly KnownNode[],
  added: readonly AddedNode[],
): Promise<GraphFault[]> {
  const faults = additionFaults({ known, added });
  if (faults.length > 0 || added.every(({ line }) => line === undefined)) return faults;
  return orderFaults([...(await readLines(session, nodes, known)), ...added]);
}

/** Everything that it concerns is locked at once and in id order, before anything is written. */
async function write(session: Transaction, { jobs, late }: LinkedJobs): Promise<void> {
  const fresh = new Set(jobs.map(({ id }) => id));
  const others = jobs.flatMap(({ dependencies = [] }) => dependencies.map(({ dependsOn }) => dependsOn));
  const concerned = new Set([...others, ...late.map(({ id }) => id)].filter((id) => !fresh.has(id)));
  const blocked = concerned.size === 0 ? new Set() : await lockBlocked(session, [...concerned]);
  await insertJobs(session, [jobs], { doubtful: false });
  session.announce(jobs.filter((job) => !isDependent(job)));
  const waiting = late.filter(({ id }) => blocked.has(id));
  if (waiting.length === 0) return;
  const rows = waiting.map(({ id, dependsOn, condition }) => [toBytes(id), toBytes(dependsOn), condition]);
  await session.change(INSERT_DEPENDENCIES, [rows]);
  await session.change(MARK_DEPENDENCIES, [inIdOrder([...new Set(waiting.map(({ dependsOn }) => dependsOn))])]);
  await decideBlocked(session, [...new Set(waiting.map(({ id }) => id))]);
}

async function lockBlocked(session: Session, ids: readonly JobId[]): Promise<Set<JobId>> {
  const rows = await session.rows<Row & { id: Buffer; state: JobState }>(LOCK_DEPENDENCIES, [inIdOrder(ids)]);
  return new Set(rows.flatMap(({ id, state }) => (state === 'blocked' ? [fromBytes(id)] : [])));
}
