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
  generation: number;
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
    let tried: { readonly generation: number; readonly value: T } | undefined;
    return this.database.transaction(async (session, { doubtful }): Promise<Operation<T>> => {
      const [job] = await session.rows<LockedRow>(LOCK_JOB, [toBytes(id), tenant]);
      if (!job) return { kind: 'unknown-job' };
      if (doubtful && tried && bearsMark(event, job, tried.generation)) return { kind: 'done', value: tried.value };
      if (!statesThatAllow(event).includes(job.state)) {
        return { kind: 'refused', state: job.state, runAt: job.run_at.getTime() };
      }
      const value = await work(session, job);
      tried = { generation: job.generation, value };
      return { kind: 'done', value };
    });
  }
}

/** After an unknown commit: whether the job looks as if it took effect. */
function bearsMark(event: 'cancel' | 'retry', job: LockedRow, generation: number): boolean {
  return event === 'retry' ? job.generation === generation + 1 : job.state === 'cancelled';
}

async function requestCancel(session: Session, id: Buffer, workerId: Buffer): Promise<Cancelled> {
  await session.change(REQUEST_CANCEL, [id, workerId]);
  await session.change(SIGNAL_CANCEL, [workerId]);
  return { to: 'cancelling', workerId: fromBytes(workerId) };
}
