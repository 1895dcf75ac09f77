import type { ClaimedJob, ClaimRequest, JobId, NewJob, WorkerId } from '@holdfast/domain';
import type { Database } from '../../database/database.ts';
import { joinWorker, newJob, type storesOf, type ScratchStore } from '../scratch-store.ts';

type Stores = ReturnType<typeof storesOf>;

/** One thing that a program does in MySQL: the ground it stands on, and the doing. */
export interface StoreOperation {
  /** Done over and over: some of it may be left to the next time, and its answer feeds logs and hints alone. */
  readonly comesAgain?: boolean;
  prepare(store: ScratchStore): Promise<(stores: Stores, database: Database) => Promise<unknown>>;
}

export type StoreOperations = Readonly<Record<string, StoreOperation>>;

export const FAILED = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false } as const;

/** The same ids in every run, so that runs can be compared. */
export function id(n: number): JobId {
  return `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

export async function submit(
  store: ScratchStore,
  n: number,
  fields: Partial<NewJob> = {},
  first = 1,
): Promise<JobId[]> {
  const jobs = Array.from({ length: n }, (_, index) => newJob(store.clock, { ...fields, id: id(first + index) }));
  await store.submissions.insert([jobs]);
  return jobs.map((job) => job.id);
}

export async function claimed(store: ScratchStore, n: number, leaseMs = 60_000): Promise<ClaimRequest> {
  const ids = await submit(store, n);
  const request = await joinWorker(store, { leaseMs });
  await store.claims.claimHinted(request, ids);
  return request;
}

export async function oneRunning(store: ScratchStore, n = 1): Promise<{ workerId: WorkerId; job: ClaimedJob }> {
  const ids = await submit(store, 1, {}, n);
  const request = await joinWorker(store);
  const { claimed: jobs } = await store.claims.claimHinted(request, ids);
  return { workerId: request.workerId, job: jobs[0] as ClaimedJob };
}
