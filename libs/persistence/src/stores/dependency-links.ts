import { isFinished, type JobId, type JobState, type NewJob, type Workflow } from '@holdfast/domain';
import type { Row, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import { INSERT_DEPENDENCIES, LOCK_DEPENDENCIES, MARK_DEPENDENCIES } from '../statements/dependency.ts';
import { INSERT_WORKFLOW_JOBS, INSERT_WORKFLOWS } from '../statements/workflow.ts';
import { decideBlocked } from './releases.ts';

/** Jobs that a submission waits for, and that its tenant does not have. */
export class UnknownDependencyError extends Error {
  constructor(readonly ids: readonly JobId[]) {
    super('a job was to wait for jobs that do not exist');
  }
}

const ROWS_PER_STATEMENT = 5_000;

export function isDependent({ dependencies }: NewJob): boolean {
  return dependencies !== undefined && dependencies.length > 0;
}

/**
 * Holds the jobs that new ones shall wait for until the transaction ends, so that none of them finishes without seeing who
 * waits. Before anything is written: rows are locked in id order.
 *
 * @returns whether one of them has finished already
 * @throws UnknownDependencyError
 */
export async function holdDependencies(session: Transaction, jobs: readonly NewJob[]): Promise<boolean> {
  const own = new Set(jobs.map(({ id }) => id));
  const wanted = new Map<JobId, string>();
  for (const { tenant, dependencies = [] } of jobs) {
    for (const { dependsOn } of dependencies) if (!own.has(dependsOn)) wanted.set(dependsOn, tenant);
  }
  if (wanted.size === 0) return false;
  const rows = await session.rows<Row & { id: Buffer; tenant: string; state: JobState }>(LOCK_DEPENDENCIES, [
    inIdOrder([...wanted.keys()]),
  ]);
  for (const { id, tenant } of rows) if (wanted.get(fromBytes(id)) === tenant) wanted.delete(fromBytes(id));
  if (wanted.size > 0) throw new UnknownDependencyError([...wanted.keys()]);
  return rows.some(({ state }) => isFinished(state));
}

/** What new jobs wait for, and where they stand in a workflow; the jobs are inserted. */
export async function linkJobs(session: Transaction, jobs: readonly NewJob[]): Promise<void> {
  const pairs = jobs.flatMap(({ id, dependencies = [] }) =>
    dependencies.map(({ dependsOn, condition }) => ({ id, dependsOn, condition })),
  );
  await insertAll(
    session,
    INSERT_DEPENDENCIES,
    pairs.map(({ id, dependsOn, condition }) => [toBytes(id), toBytes(dependsOn), condition]),
  );
  const others = inIdOrder([...new Set(pairs.map(({ dependsOn }) => dependsOn))]);
  if (others.length > 0) await session.change(MARK_DEPENDENCIES, [others]);
  const places = jobs.flatMap(({ id, place }) => (place ? [{ id, ...place }] : []));
  await insertAll(
    session,
    INSERT_WORKFLOW_JOBS,
    places.map(({ id, workflow, name, awaitsAll, addedBy }) => [
      toBytes(workflow.id),
      name,
      toBytes(id),
      awaitsAll ?? null,
      addedBy === undefined ? null : toBytes(addedBy),
    ]),
  );
}

export async function insertWorkflow(session: Transaction, { id, tenant, name, createdAt }: Workflow): Promise<void> {
  await session.change(INSERT_WORKFLOWS, [[[toBytes(id), tenant, name, new Date(createdAt)]]]);
}

/** Some of what new jobs wait for had finished before they came. */
export async function decideNew(session: Transaction, jobs: readonly NewJob[]): Promise<void> {
  await decideBlocked(
    session,
    jobs.filter(isDependent).map(({ id }) => id),
  );
}

async function insertAll(session: Transaction, statement: string, rows: readonly unknown[][]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    await session.change(statement, [rows.slice(from, from + ROWS_PER_STATEMENT)]);
  }
}
