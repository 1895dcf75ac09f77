import { randomUUID } from 'node:crypto';
import type { ClaimRequest, NewJob, WorkerId } from '@holdfast/domain';
import { createScratchDatabase } from '../../../../tools/testing/scratch-database.ts';
import { DATABASE_DEFAULTS, type DatabaseOptions } from '../database/database-options.ts';
import { Database } from '../database/database.ts';
import { StoreClock } from '../database/store-clock.ts';
import { migrateUp } from '../migrations/migrate.ts';
import { BookStore } from '../stores/book.store.ts';
import { DeadLetterStore } from '../stores/dead-letter.store.ts';
import { DependencyStore } from '../stores/dependency.store.ts';
import { EffectStore } from '../stores/effect.store.ts';
import { FinishedJobStore } from '../stores/finished-job.store.ts';
import { GateStore } from '../stores/gate.store.ts';
import { JobClaimStore } from '../stores/job-claim.store.ts';
import { JobListStore } from '../stores/job-list.store.ts';
import { JobLogStore } from '../stores/job-log.store.ts';
import { JobOperationStore } from '../stores/job-operation.store.ts';
import { JobSettlementStore } from '../stores/job-settlement.store.ts';
import { JobSubmissionStore } from '../stores/job-submission.store.ts';
import { JournalStore } from '../stores/journal.store.ts';
import { KeyedSubmissionStore } from '../stores/keyed-submission.store.ts';
import { LostWorkerStore } from '../stores/lost-worker.store.ts';
import { OccurrenceStore } from '../stores/occurrence.store.ts';
import { PassStore } from '../stores/pass.store.ts';
import { PendingJobStore } from '../stores/pending-job.store.ts';
import { QueuePauseStore } from '../stores/queue-pause.store.ts';
import { QueuePolicyStore } from '../stores/queue-policy.store.ts';
import { ScheduleFiringStore } from '../stores/schedule-firing.store.ts';
import { ScheduleRunStore } from '../stores/schedule-run.store.ts';
import { ScheduleStore } from '../stores/schedule.store.ts';
import { StepStore } from '../stores/step.store.ts';
import { TallyStore } from '../stores/tally.store.ts';
import { UniqueSubmissionStore } from '../stores/unique-submission.store.ts';
import { WorkerStore } from '../stores/worker.store.ts';
import { WorkflowAdditionStore } from '../stores/workflow-addition.store.ts';
import { WorkflowStore } from '../stores/workflow.store.ts';

/** Every store over a migrated database of its own. */
export async function openScratchStore(options: Partial<DatabaseOptions> = {}) {
  const scratch = await createScratchDatabase();
  await migrateUp(scratch.url);
  const database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url, ...options });
  const clock = new StoreClock(database);
  await clock.sample();
  const close = async (): Promise<void> => {
    await database.close();
    await scratch.drop();
  };
  return { url: scratch.url, database, clock, close, ...storesOf(database) };
}

export type ScratchStore = Awaited<ReturnType<typeof openScratchStore>>;

/** A job due now, unless told otherwise. */
export function newJob(clock: StoreClock, fields: Partial<NewJob> = {}): NewJob {
  const now = clock.now();
  return {
    id: randomUUID(),
    tenant: 'default',
    queue: 'default',
    type: 'echo',
    payload: '{"text":"grüße"}',
    priority: 0,
    runAt: now,
    deadline: undefined,
    timeoutMs: 30_000,
    maxAttempts: 5,
    backoff: { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 3_600_000, jitter: 0.1 },
    tags: [],
    createdAt: now,
    ...fields,
  };
}

/** Registers a worker and answers how it claims. */
export async function joinWorker(
  store: ScratchStore,
  { leaseMs = 60_000, queue = 'default', types = ['echo'] } = {},
): Promise<ClaimRequest & { readonly workerId: WorkerId }> {
  const workerId = randomUUID();
  await store.workers.register({ id: workerId, name: 'test', queues: ['*'], types, capacity: 10, leaseMs });
  return { workerId, queue, types, alone: { fromCrashes: 2, room: 10 } };
}

export function storesOf(database: Database) {
  return {
    books: new BookStore(database),
    claims: new JobClaimStore(database),
    deadLetters: new DeadLetterStore(database),
    dependencies: new DependencyStore(database),
    effects: new EffectStore(database),
    finished: new FinishedJobStore(database),
    gates: new GateStore(database),
    journal: new JournalStore(database),
    keyed: new KeyedSubmissionStore(database),
    lists: new JobListStore(database),
    logs: new JobLogStore(database),
    lostWorkers: new LostWorkerStore(database),
    operations: new JobOperationStore(database),
    occurrences: new OccurrenceStore(database),
    passes: new PassStore(database),
    pauses: new QueuePauseStore(database),
    pending: new PendingJobStore(database),
    policies: new QueuePolicyStore(database),
    scheduleFiring: new ScheduleFiringStore(database),
    scheduleRuns: new ScheduleRunStore(database),
    schedules: new ScheduleStore(database),
    settlements: new JobSettlementStore(database),
    steps: new StepStore(database),
    submissions: new JobSubmissionStore(database),
    tallies: new TallyStore(database),
    unique: new UniqueSubmissionStore(database),
    workers: new WorkerStore(database),
    workflowAdditions: new WorkflowAdditionStore(database),
    workflows: new WorkflowStore(database),
  };
}
