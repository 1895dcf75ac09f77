import {
  statesThatAllow,
  type IndexEntry,
  type Instant,
  type JobId,
  type JobState,
  type WorkerId,
} from '@holdfast/domain';
import type { Database, Row, Session } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { CANCEL_WAITING, LOCK_JOB, REQUEST_CANCEL, RETRY, SIGNAL_CANCEL } from '../statements/operate.ts';
import { tally } from './tallies.ts';

interface LockedRow extends Row {
  id: Buffer;
  tenant: string;
  queue: string;
  state: JobState;
  priority: number;
  run_at: Date;
  worker_id: Buffer | null;
}

export type Operation<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'unknown-job' }
  /** The state that forbids it. */
  | { readonly kind: 'refused'; readonly state: JobState; readonly runAt: Instant };

export type Cancelled =
  | { readonly to: 'cancelled' }
  /** It runs: its worker was asked to stop it. */
  | { readonly to: 'cancelling'; readonly workerId: WorkerId };

/** What an operator does to one job of a tenant. */
export class JobOperationStore {
  constructor(private readonly database: Database) {}

  async cancel(tenant: string, id: JobId): Promise<Operation<Cancelled>> {
    return this.operate(tenant, id, 'cancel', async (session, job) => {
      if (job.state === 'running' && job.worker_id) return requestCancel(session, job.id, job.worker_id);
      await session.change(CANCEL_WAITING, [job.id, [job.state]]);
      await tally(session, 'cancel', job.state, 'cancelled', [job]);
      return { to: 'cancelled' };
    });
  }

  /** Starts a new generation of a finished job, due at `now`. */
  async retry(tenant: string, id: JobId, now: Instant): Promise<Operation<IndexEntry>> {
    return this.operate(tenant, id, 'retry', async (session, job) => {
      await session.change(RETRY, [new Date(now), job.id, [job.state]]);
      await tally(session, 'retry', job.state, 'pending', [job]);
      return { id, queue: job.queue, priority: job.priority, runAt: now };
    });
  }

  private async operate<T>(
    tenant: string,
    id: JobId,
    event: 'cancel' | 'retry',
    work: (session: Session, job: LockedRow) => Promise<T>,
  ): Promise<Operation<T>> {
    return this.database.transaction(async (session): Promise<Operation<T>> => {
      const [job] = await session.rows<LockedRow>(LOCK_JOB, [toBytes(id), tenant]);
      if (!job) return { kind: 'unknown-job' };
      if (!statesThatAllow(event).includes(job.state)) {
        return { kind: 'refused', state: job.state, runAt: job.run_at.getTime() };
      }
      return { kind: 'done', value: await work(session, job) };
    });
  }
}

async function requestCancel(session: Session, id: Buffer, workerId: Buffer): Promise<Cancelled> {
  await session.change(REQUEST_CANCEL, [id, workerId]);
  await session.change(SIGNAL_CANCEL, [workerId]);
  return { to: 'cancelling', workerId: fromBytes(workerId) };
}
