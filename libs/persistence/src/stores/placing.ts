import type { NewJob, Placement } from '@holdfast/domain';
import type { Attempt, Session, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import { LOCK_HOLDERS } from '../statements/unique.ts';
import { insertJobs, presentJobs, type Submission } from './job-submission.store.ts';
import { PlacementPlan, type HolderChange } from './placement-plan.ts';
import { claimOf, rememberKeys, UniqueKeys, type HolderRow, type KeyClaim } from './unique-keys.ts';
import { changeWaiting } from './waiting-job.ts';

export type Placements = ReadonlyMap<Submission, readonly Placement[]>;

interface Tried {
  readonly placements: Placements;
  readonly jobs: readonly NewJob[];
  readonly changes: readonly HolderChange[];
}

/** Places submissions in a transaction: jobs whose keys are free are made, others meet the jobs that hold their keys. */
export class Placing {
  private readonly claims = new Map<NewJob, KeyClaim>();
  private tried: Tried | undefined;

  /**
   * Keys are locked before jobs, here and wherever both are.
   *
   * @throws KeyHeldError if some job must not be made: then nothing of this may be committed
   */
  async place(session: Transaction, submissions: readonly Submission[], { doubtful }: Attempt): Promise<Placements> {
    if (doubtful && this.tried && (await tookEffect(session, this.tried))) return this.tried.placements;
    const jobs = submissions.flat();
    const keys = await UniqueKeys.lock(session, this.claimsOf(jobs));
    await lockReplaceable(session, keys, this.claims);
    const plan = new PlacementPlan(keys);
    const placements = new Map(
      submissions.map((each) => [each, each.map((job) => plan.place(job, this.claims.get(job)))] as const),
    );
    this.tried = { placements, jobs: plan.jobs, changes: plan.changes };
    await this.write(session, keys, plan);
    return placements;
  }

  /** The same at every attempt, so that a repetition knows what is its own. */
  private claimsOf(jobs: readonly NewJob[]): KeyClaim[] {
    for (const job of jobs) {
      if (job.unique && !this.claims.has(job)) this.claims.set(job, claimOf(job, job.unique));
    }
    return jobs.flatMap((job) => this.claims.get(job) ?? []);
  }

  private async write(session: Transaction, keys: UniqueKeys, { jobs, changes }: PlacementPlan): Promise<void> {
    await keys.write(session);
    if (jobs.length > 0) await insertJobs(session, [jobs], { doubtful: false });
    const made = new Set(jobs.map(({ id }) => id));
    const taken = [...this.claims.values()].filter((claim) => made.has(claim.jobId) && keys.isTakenBy(claim));
    await rememberKeys(session, taken);
    for (const { holder, tenant, change } of changes) {
      await changeWaiting(
        session,
        { ...holder, id: holder.job_id, tenant, run_at: holder.run_at ?? new Date(0) },
        holder,
        change,
      );
    }
  }
}

/** A job that is to be replaced may not begin meanwhile. What is found under the lock takes the place of what was read. */
async function lockReplaceable(
  session: Session,
  keys: UniqueKeys,
  claims: ReadonlyMap<NewJob, KeyClaim>,
): Promise<void> {
  const holders = [...claims].flatMap(([{ unique }, claim]) => {
    const holder = unique?.onConflict === 'replace' ? keys.holderOf(claim) : undefined;
    return holder?.state === 'pending' ? [holder] : [];
  });
  if (holders.length === 0) return;
  const ids = inIdOrder([...new Set(holders.map(({ job_id }) => fromBytes(job_id)))]);
  for (const row of await session.rows<HolderRow>(LOCK_HOLDERS, [ids])) keys.refresh(row);
}

/** After an unknown commit: whether it can be seen. What neither made nor changed anything may be done again. */
async function tookEffect(session: Session, { jobs, changes }: Tried): Promise<boolean> {
  if (jobs.length > 0) return (await presentJobs(session, jobs)).length === jobs.length;
  const ids = inIdOrder(changes.map(({ holder }) => fromBytes(holder.job_id)));
  if (ids.length === 0) return false;
  const rows = await session.rows<HolderRow>(LOCK_HOLDERS, [ids]);
  return changes.every(({ holder }) =>
    rows.some(({ job_id, revision }) => job_id.equals(holder.job_id) && revision > holder.revision),
  );
}
