import {
  statesThatAllow,
  type IndexEntry,
  type Instant,
  type JobChange,
  type JobId,
  type JobReading,
  type JobState,
  type JobVersion,
  type KeyHolder,
  type WorkerId,
} from '@holdfast/domain';
import type { Database, Transaction } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { CANCEL_WAITING, LOCK_JOB, REQUEST_CANCEL, RUN_NOW, SIGNAL_CANCEL } from '../statements/operate.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { releaseDependants } from './releases.ts';
import { claimsOfRerun, NO_CLAIMS, RerunKeys } from './rerun-keys.ts';
import { rerun } from './reruns.ts';
import { tally } from './tallies.ts';
import { changeWaiting } from './waiting-job.ts';

interface LockedRow extends LaneRow {
  id: Buffer;
  queue: string;
  state: JobState;
  priority: number;
  run_at: Date;
  generation: number;
  fence: number;
  revision: number;
  worker_id: Buffer | null;
  has_dependants: 0 | 1;
}

export type Operation<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'unknown-job' }
  /** It is no longer what was read. */
  | { readonly kind: 'changed' }
  /** Another job has its unique key by now. */
  | { readonly kind: 'key-held'; readonly holder: KeyHolder }
  /** The state that forbids it. */
  | { readonly kind: 'refused'; readonly state: JobState; readonly runAt: Instant };

interface Target {
  readonly tenant: string;
  readonly id: JobId;
  readonly reading?: JobReading | undefined;
  readonly claims?: Awaited<ReturnType<typeof claimsOfRerun>>;
}

/** What is asked for is an event of the table of transitions. */
type Asked = 'cancel' | 'retry' | 'change';

export type Cancelled =
  | { readonly to: 'cancelled' }
  /** It runs: its worker was asked to stop it. */
  | { readonly to: 'cancelling'; readonly workerId: WorkerId };

/** What an operator does to one job of a tenant, if there is a `reading` only to what that was. */
export class JobOperationStore {
  constructor(private readonly database: Database) {}

  async cancel(tenant: string, id: JobId, reading?: JobReading): Promise<Operation<Cancelled>> {
    return this.operate({ tenant, id, reading }, 'cancel', async (session, job) => {
      if (job.state === 'running' && job.worker_id) return requestCancel(session, job.id, job.worker_id);
      await session.change(CANCEL_WAITING, [[job.id], [job.state]]);
      await tally(session, 'cancel', job.state, 'cancelled', [job], ({ run_at }) => run_at.getTime());
      if (job.has_dependants === 1) await releaseDependants(session, [job.id]);
      return { to: 'cancelled' };
    });
  }

  /** Starts a new generation of a finished job, and of what its failure had cancelled, due at `now`. */
  async retry(tenant: string, id: JobId, now: Instant, reading?: JobReading): Promise<Operation<void>> {
    const claims = await claimsOfRerun(this.database, tenant, [id], now);
    const target = { tenant, id, reading, claims };
    return this.operate(target, 'retry', (session, job, keys) => rerun(session, [job], now, keys));
  }

  /** Makes a waiting job due at `now`. @returns undefined if it was due already */
  async runNow(
    tenant: string,
    id: JobId,
    now: Instant,
    reading?: JobReading,
  ): Promise<Operation<IndexEntry | undefined>> {
    return this.operate({ tenant, id, reading }, 'change', async (session, job) => {
      if ((await session.change(RUN_NOW, [new Date(now), job.id, new Date(now)])) === 0) return undefined;
      await tally(session, 'change', 'pending', 'pending', [job], ({ run_at }, side) =>
        side === 'before' ? run_at.getTime() : now,
      );
      return { ...laneOf(job), id, queue: job.queue, priority: job.priority, runAt: now };
    });
  }

  /** @returns how it stands in the index from now on; undefined if it is no longer what was read */
  async change(
    tenant: string,
    id: JobId,
    version: JobVersion,
    change: JobChange,
  ): Promise<Operation<IndexEntry | undefined>> {
    return this.operate({ tenant, id }, 'change', (session, job) => changeWaiting(session, job, version, change));
  }

  private async operate<T>(
    { tenant, id, reading, claims = NO_CLAIMS }: Target,
    event: Asked,
    work: (session: Transaction, job: LockedRow, keys: RerunKeys) => Promise<T>,
  ): Promise<Operation<T>> {
    let tried: { readonly before: LockedRow; readonly value: T } | undefined;
    return this.database.transaction(async (session, attempt): Promise<Operation<T>> => {
      const keys = await RerunKeys.lock(session, claims);
      const [job] = await session.rows<LockedRow>(LOCK_JOB, [toBytes(id), tenant]);
      if (!job) return { kind: 'unknown-job' };
      if (attempt.doubtful && tried && bearsMark(event, job, tried.before)) return { kind: 'done', value: tried.value };
      if (reading && !isStill(job, reading)) return { kind: 'changed' };
      const refusal = refusalOf(job, event, keys);
      if (refusal) {
        await keys.write(session, attempt);
        return refusal;
      }
      const value = await work(session, job, keys);
      await keys.write(session, attempt);
      tried = { before: job, value };
      return { kind: 'done', value };
    });
  }
}

function isStill(job: LockedRow, { state, generation, fence, revision }: JobReading): boolean {
  return job.state === state && job.generation === generation && job.fence === fence && job.revision === revision;
}

/** What forbids it. A job gets its unique key again, if it had one and that is free. */
function refusalOf(
  { id, state, run_at }: LockedRow,
  event: Asked,
  keys: RerunKeys,
): Exclude<Operation<never>, { kind: 'done' }> | undefined {
  if (!statesThatAllow(event).includes(state)) return { kind: 'refused', state, runAt: run_at.getTime() };
  const holder = keys.take(fromBytes(id));
  return holder && { kind: 'key-held', holder };
}

/** After an unknown commit: whether the job looks as if it took effect. */
function bearsMark(event: Asked, job: LockedRow, before: LockedRow): boolean {
  if (event === 'retry') return job.generation === before.generation + 1;
  if (event === 'change') return job.revision === before.revision + 1;
  return job.state === 'cancelled';
}

async function requestCancel(session: Transaction, id: Buffer, workerId: Buffer): Promise<Cancelled> {
  await session.change(REQUEST_CANCEL, [id, workerId]);
  await session.change(SIGNAL_CANCEL, [workerId]);
  return { to: 'cancelling', workerId: fromBytes(workerId) };
}
