import { randomUUID } from 'node:crypto';
import type { ClaimRequest, NewJob, WorkerId } from '@holdfast/domain';
import {
  BookStore,
  Database,
  DATABASE_DEFAULTS,
  DeadLetterStore,
  JobClaimStore,
  JobListStore,
  JobSubmissionStore,
  LostWorkerStore,
  StepStore,
  StoreClock,
  WorkerStore,
} from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { createScratchDatabase } from '../../../../tools/testing/scratch-database.ts';

/** What handlers of our own work on: a migrated database of their own. */
export async function openScratchStores() {
  const scratch = await createScratchDatabase();
  await migrateUp(scratch.url);
  const database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url });
  const clock = new StoreClock(database);
  await clock.sample();
  const close = async (): Promise<void> => {
    await database.close();
    await scratch.drop();
  };
  const jobs = { claims: new JobClaimStore(database), submissions: new JobSubmissionStore(database) };
  const reads = { books: new BookStore(database), lists: new JobListStore(database) };
  const workers = { workers: new WorkerStore(database), lostWorkers: new LostWorkerStore(database) };
  const deadLetters = new DeadLetterStore(database);
  return { database, clock, close, deadLetters, steps: new StepStore(database), ...jobs, ...reads, ...workers };
}

export type ScratchStores = Awaited<ReturnType<typeof openScratchStores>>;

export function newJob(clock: StoreClock, fields: Partial<NewJob> = {}): NewJob {
  const now = clock.now();
  return {
    id: randomUUID(),
    tenant: 'default',
    queue: 'default',
    type: 'echo',
    payload: '{}',
    priority: 0,
    runAt: now,
    deadline: undefined,
    timeoutMs: 30_000,
    maxAttempts: 5,
    backoff: { strategy: 'fixed', delayMs: 1_000, maxDelayMs: 1_000, jitter: 0 },
    tags: [],
    createdAt: now,
    ...fields,
  };
}

/** Registers a worker and answers how it claims. */
export async function joinWorker(
  stores: ScratchStores,
  queue: string,
): Promise<ClaimRequest & { readonly workerId: WorkerId }> {
  const [workerId, types] = [randomUUID(), ['echo']];
  await stores.workers.register({ id: workerId, name: 'test', queues: ['*'], types, capacity: 10, leaseMs: 60_000 });
  return { workerId, queue, types, alone: { fromCrashes: 2, room: 10 } };
}
