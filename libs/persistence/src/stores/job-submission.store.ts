import { hasLane, type JobId, type JobSubmissions, type NewJob, type Workflow } from '@holdfast/domain';
import type { Attempt, Database, Row, Session, Transaction } from '../database/database.ts';
import { isDuplicateKey } from '../database/database-errors.ts';
import { fromBytes, gateId, inIdOrder, toBytes } from '../database/identifiers.ts';
import {
  INSERT_JOB_TAGS,
  INSERT_LANED_QUEUES,
  INSERT_ORDERED_JOBS,
  insertJobsWith,
  LOCK_TAKEN_IDS,
  SELECT_TAKEN_IDS,
} from '../statements/submit.ts';
import { decideNew, holdDependencies, insertWorkflow, isDependent, linkJobs } from './dependency-links.ts';
import { toRows } from './new-job-rows.ts';
import { tally } from './tallies.ts';

export type Submission = readonly NewJob[];

/** Statements stay well under the smallest max_allowed_packet, MariaDB's 16 MiB, whatever the escaping adds. */
const PART_BYTES = 2 * 1024 * 1024;

export class JobSubmissionStore implements JobSubmissions {
  constructor(private readonly database: Database) {}

  /** Together if no id is taken, which is the rule; one by one if some id is, so that the others still succeed. */
  async insert(submissions: readonly Submission[]): Promise<(readonly JobId[] | undefined)[]> {
    try {
      await this.insertNew(submissions);
      return submissions.map(() => undefined);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const answers: (readonly JobId[] | undefined)[] = [];
    for (const submission of submissions) answers.push(await this.insertUnlessTaken(submission));
    return answers;
  }

  private async insertUnlessTaken(submission: Submission): Promise<readonly JobId[] | undefined> {
    try {
      await this.insertNew([submission]);
      return undefined;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return takenIds(this.database, submission);
    }
  }

  private async insertNew(submissions: readonly Submission[]): Promise<void> {
    await this.database.transaction((session, attempt) => insertJobs(session, submissions, attempt));
  }
}

/** Inserts what an earlier attempt has not committed already. */
export async function insertJobs(
  session: Transaction,
  submissions: readonly Submission[],
  { doubtful }: Attempt,
): Promise<void> {
  const missing = doubtful ? await withoutCommitted(session, submissions) : submissions;
  const jobs = missing.flat();
  if (jobs.some(isLinked)) return insertLinked(session, jobs);
  await insertRows(session, jobs);
  await countFree(session, jobs);
}

/** The last part travels with what comes next. */
async function insertRows(session: Transaction, jobs: Submission): Promise<void> {
  for (const [index, part] of inParts(jobs).entries()) {
    if (index > 0) await session.flush();
    const { columns, rows } = toRows(part);
    session.later(insertJobsWith(columns), [rows]);
  }
  const tags = jobs.flatMap((job) => job.tags.map((tag) => [job.tenant, tag, toBytes(job.id)]));
  if (tags.length > 0) session.later(INSERT_JOB_TAGS, [tags]);
  noteLanes(session, jobs);
}

async function countFree(session: Transaction, jobs: Submission): Promise<void> {
  await tally(session, 'submit', undefined, 'pending', jobs, ({ runAt, createdAt }) =>
    runAt > createdAt ? runAt : undefined,
  );
}

function isLinked(job: NewJob): boolean {
  return job.place !== undefined || isDependent(job);
}

/** Jobs of which some wait for others, or make a workflow, which is new unless it is held already. */
async function insertLinked(session: Transaction, jobs: Submission): Promise<void> {
  const mustDecide = await holdDependencies(session, jobs);
  for (const workflow of newWorkflows(jobs)) await insertWorkflow(session, workflow);
  const [blocked, free] = [jobs.filter(isDependent), jobs.filter((job) => !isDependent(job))];
  await insertRows(session, jobs);
  await countFree(session, free);
  await tally(session, 'submit', undefined, 'blocked', blocked);
  await linkJobs(session, jobs);
  if (mustDecide) await decideNew(session, jobs);
}

function newWorkflows(jobs: Submission): Workflow[] {
  const workflows = jobs.flatMap(({ place }) => (place?.isNew ? [place.workflow] : []));
  return [...new Map(workflows.map((workflow) => [workflow.id, workflow])).values()];
}

/** In which order jobs start that must keep one, and in which queues jobs take turns. */
function noteLanes(session: Transaction, jobs: readonly NewJob[]): void {
  const ordered = jobs.filter(({ isOrdered }) => isOrdered).map((job) => [gateId(job.queue, job), toBytes(job.id)]);
  if (ordered.length > 0) session.later(INSERT_ORDERED_JOBS, [ordered]);
  const queues = new Set(jobs.filter(hasLane).map(({ queue }) => queue));
  if (queues.size > 0) session.later(INSERT_LANED_QUEUES, [[...queues].sort().map((queue) => [queue])]);
}

/** Why a submission was refused: ids that others have, or that it names twice. */
export async function takenIds(session: Session, submission: Submission): Promise<readonly JobId[]> {
  const taken = await findTaken(session, submission);
  return taken.length > 0 ? taken.map(({ id }) => id) : repeatedIn(submission);
}

async function withoutCommitted(session: Session, submissions: readonly Submission[]): Promise<readonly Submission[]> {
  const present = new Set(await presentJobs(session, submissions.flat()));
  return submissions.filter((jobs) => !jobs.every((job) => present.has(job)));
}

/** After an unknown commit: what is there with our own ids and times was committed by us. */
export async function presentJobs(session: Session, jobs: readonly NewJob[]): Promise<NewJob[]> {
  const present = new Map((await findTaken(session, jobs, LOCK_TAKEN_IDS)).map(({ id, createdAt }) => [id, createdAt]));
  return jobs.filter((job) => present.get(job.id) === job.createdAt);
}

async function findTaken(
  session: Session,
  jobs: Submission,
  statement = SELECT_TAKEN_IDS,
): Promise<{ id: JobId; createdAt: number }[]> {
  const rows = await session.rows<Row & { id: Buffer; created_at: Date }>(statement, [
    inIdOrder(jobs.map(({ id }) => id)),
  ]);
  return rows.map((row) => ({ id: fromBytes(row.id), createdAt: row.created_at.getTime() }));
}

function repeatedIn(submission: Submission): JobId[] {
  const ids = submission.map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

function inParts(jobs: Submission): NewJob[][] {
  const parts: NewJob[][] = [];
  let bytes = Infinity;
  for (const job of jobs) {
    const size = 300 + 2 * job.payload.length;
    if (bytes + size > PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(job);
    bytes += size;
  }
  return parts;
}
