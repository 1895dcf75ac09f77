import { randomBytes, randomUUID } from 'node:crypto';
import type { JobId, NewJob } from '@holdfast/domain';
import {
  Database,
  DATABASE_DEFAULTS,
  DependencyStore,
  FinishedJobStore,
  IndexRecordStore,
  JobClaimStore,
  JobOperationStore,
  JobSubmissionStore,
  JournalStore,
  KeyedSubmissionStore,
  LostWorkerStore,
  OccurrenceStore,
  PassStore,
  PendingJobStore,
  QueuePauseStore,
  QueuePolicyStore,
  QueueStore,
  ScheduleFiringStore,
  ScheduleStore,
  StoreClock,
  TallyStore,
  WorkerStore,
} from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { IndexUpkeep, READY_INDEX_DEFAULTS, RedisLink, RedisReadyIndex } from '@holdfast/queue';
import { createScratchDatabase, testServerUrl } from '../../../../tools/testing/scratch-database.ts';

/** What passes work on: a migrated database and a part of Redis, both of their own. */
export async function openScratchSystem() {
  const scratch = await createScratchDatabase();
  await migrateUp(scratch.url);
  const database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url });
  const clock = new StoreClock(database);
  await clock.sample();
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const link = new RedisLink({ url: testServerUrl('TEST_REDIS_URL'), prefix });
  await link.connected(10_000);
  const options = { ...READY_INDEX_DEFAULTS, prefix };
  const index = new RedisReadyIndex(link, options, clock);
  const upkeep = new IndexUpkeep(link, options, clock);
  const close = async (): Promise<void> => {
    link.close();
    await database.close();
    await scratch.drop();
  };
  return { database, clock, link, index, upkeep, close, ...storesOf(database) };
}

export type ScratchSystem = Awaited<ReturnType<typeof openScratchSystem>>;

/** Commits a job and, like a process that dies right then, does not tell the index. */
export async function submitUntold(system: ScratchSystem, fields: Partial<NewJob> = {}): Promise<NewJob> {
  const now = system.clock.now();
  const job: NewJob = {
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
  await system.submissions.insert([[job]]);
  return job;
}

/** Everything that the index hints at now; undefined if it is lost. */
export async function hintsOf(system: ScratchSystem, queue = 'default'): Promise<readonly JobId[] | undefined> {
  const taken = await system.index.take(queue, 10_000);
  return taken.kind === 'hints' ? taken.ids : undefined;
}

function storesOf(database: Database) {
  return {
    claims: new JobClaimStore(database),
    dependencies: new DependencyStore(database),
    finished: new FinishedJobStore(database),
    journal: new JournalStore(database),
    keys: new KeyedSubmissionStore(database),
    lostWorkers: new LostWorkerStore(database),
    occurrences: new OccurrenceStore(database),
    operations: new JobOperationStore(database),
    passes: new PassStore(database),
    pauses: new QueuePauseStore(database),
    pending: new PendingJobStore(database),
    policies: new QueuePolicyStore(database),
    queues: new QueueStore(database),
    records: new IndexRecordStore(database),
    scheduleFiring: new ScheduleFiringStore(database),
    schedules: new ScheduleStore(database),
    submissions: new JobSubmissionStore(database),
    tallies: new TallyStore(database),
    workers: new WorkerStore(database),
  };
}
