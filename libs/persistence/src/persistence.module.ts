import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { Database } from './database/database.ts';
import type { DatabaseOptions } from './database/database-options.ts';
import { checkServer } from './database/server-check.ts';
import { StoreClock } from './database/store-clock.ts';
import { findMissingMigrations, findUnknownMigrations } from './migrations/missing-migrations.ts';
import { BookStore } from './stores/book.store.ts';
import { DeadLetterStore } from './stores/dead-letter.store.ts';
import { DependencyStore } from './stores/dependency.store.ts';
import { DueJobStore } from './stores/due-job.store.ts';
import { EffectStore } from './stores/effect.store.ts';
import { FinishedJobStore } from './stores/finished-job.store.ts';
import { FullLimitStore } from './stores/full-limit.store.ts';
import { GateStore } from './stores/gate.store.ts';
import { IndexRecordStore } from './stores/index-record.store.ts';
import { JobClaimStore } from './stores/job-claim.store.ts';
import { JobListStore } from './stores/job-list.store.ts';
import { JobLogStore } from './stores/job-log.store.ts';
import { JobOperationStore } from './stores/job-operation.store.ts';
import { JobSettlementStore } from './stores/job-settlement.store.ts';
import { JobSubmissionStore } from './stores/job-submission.store.ts';
import { JournalStore } from './stores/journal.store.ts';
import { KeyedSubmissionStore } from './stores/keyed-submission.store.ts';
import { LimitStandingStore } from './stores/limit-standing.store.ts';
import { LostWorkerStore } from './stores/lost-worker.store.ts';
import { OccurrenceStore } from './stores/occurrence.store.ts';
import { PassStore } from './stores/pass.store.ts';
import { PendingJobStore } from './stores/pending-job.store.ts';
import { QueuePauseStore } from './stores/queue-pause.store.ts';
import { QueuePolicyStore } from './stores/queue-policy.store.ts';
import { QueueStore } from './stores/queue.store.ts';
import { RunningJobStore } from './stores/running-job.store.ts';
import { ScheduleFiringStore } from './stores/schedule-firing.store.ts';
import { ScheduleRunStore } from './stores/schedule-run.store.ts';
import { ScheduleStore } from './stores/schedule.store.ts';
import { StepStore } from './stores/step.store.ts';
import { TallyStore } from './stores/tally.store.ts';
import { UnfinishedJobStore } from './stores/unfinished-job.store.ts';
import { UniqueSubmissionStore } from './stores/unique-submission.store.ts';
import { WorkerStore } from './stores/worker.store.ts';
import { WorkflowAdditionStore } from './stores/workflow-addition.store.ts';
import { WorkflowStore } from './stores/workflow.store.ts';

const STORES = [
  BookStore,
  DeadLetterStore,
  DependencyStore,
  DueJobStore,
  EffectStore,
  FinishedJobStore,
  FullLimitStore,
  GateStore,
  IndexRecordStore,
  JobClaimStore,
  JobListStore,
  JobLogStore,
  JobOperationStore,
  JobSettlementStore,
  JobSubmissionStore,
  JournalStore,
  KeyedSubmissionStore,
  LimitStandingStore,
  LostWorkerStore,
  OccurrenceStore,
  PassStore,
  PendingJobStore,
  QueuePauseStore,
  QueuePolicyStore,
  QueueStore,
  RunningJobStore,
  ScheduleFiringStore,
  ScheduleRunStore,
  ScheduleStore,
  StepStore,
  TallyStore,
  UnfinishedJobStore,
  UniqueSubmissionStore,
  WorkerStore,
  WorkflowAdditionStore,
  WorkflowStore,
];

/** The truth, connected and checked: a program that has this module knows that its server and schema are fit. */
@Module({})
export class PersistenceModule {
  static connect(options: DatabaseOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      providers: [
        { provide: Database, useFactory: () => connect(options) },
        { provide: StoreClock, useFactory: startClock, inject: [Database] },
        ...STORES.map((Store) => ({
          provide: Store,
          useFactory: (database: Database) => new Store(database),
          inject: [Database],
        })),
      ],
      exports: [Database, StoreClock, ...STORES],
    };
  }
}

async function connect(options: DatabaseOptions): Promise<Database> {
  const logger = new Logger('MySQL');
  const database = new Database({
    onRetry: (retry) => logger.warn({ msg: 'tried again after an error of MySQL', ...retry }),
    ...options,
  });
  const { faults: ofServer, warnings } = await checkServer(database);
  const faults = ofServer.length > 0 ? ofServer : await findMissingMigrations(database);
  if (faults.length > 0) throw new Error(faults.join(' '));
  for (const warning of [...warnings, ...(await findUnknownMigrations(database)).map(newerBy)]) logger.warn(warning);
  return database;
}

function newerBy(migration: string): string {
  return `The schema has ${migration}, which this version does not know: fine while a newer one is rolled out.`;
}

async function startClock(database: Database): Promise<StoreClock> {
  const clock = new StoreClock(database);
  await clock.start();
  return clock;
}
