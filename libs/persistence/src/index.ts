export { Database, type Session, type Row } from './database/database.ts';
export { DATABASE_DEFAULTS, type DatabaseOptions, type Retry } from './database/database-options.ts';
export { isRefusal, isRetryable, isUnavailable, StoreUnavailableError } from './database/database-errors.ts';
export { checkServer, type ServerReport } from './database/server-check.ts';
export { readServer, type ServerSettings } from './database/server-settings.ts';
export { readServerLoad, type LongTransaction, type ServerLoad } from './database/server-load.ts';
export { StoreClock } from './database/store-clock.ts';
export { fromBytes, toBytes } from './database/identifiers.ts';
export { findMissingMigrations, findUnknownMigrations } from './migrations/missing-migrations.ts';
export { PersistenceModule } from './persistence.module.ts';
export { BookStore, type Account, type MinuteSum, type TallySum } from './stores/book.store.ts';
export { DeadLetterStore, type LettersDone, type LetterTimes } from './stores/dead-letter.store.ts';
export {
  DependencyStore,
  type DependencyOutcome,
  type DependencyRecord,
  type Membership,
} from './stores/dependency.store.ts';
export { UnknownDependencyError } from './stores/dependency-links.ts';
export { DueJobStore } from './stores/due-job.store.ts';
export { EffectStore } from './stores/effect.store.ts';
export { FinishedJobStore, type FinishedHead, type PrunedPage } from './stores/finished-job.store.ts';
export { FullLimitStore, type FullLimits } from './stores/full-limit.store.ts';
export { GateStore } from './stores/gate.store.ts';
export { IndexRecordStore, type IndexRecord, type Rebuild } from './stores/index-record.store.ts';
export { InspectionStore, type WaitingJob, type WorkerRecord } from './stores/inspection.store.ts';
export { JobClaimStore } from './stores/job-claim.store.ts';
export { JobListStore, type JobList, type JobSummaryList } from './stores/job-list.store.ts';
export type { JobFilter } from './stores/list-ways.ts';
export type { JobSummaryRecord } from './stores/job-summary-rows.ts';
export { JobLogStore } from './stores/job-log.store.ts';
export { JobOperationStore, type Cancelled, type Operation } from './stores/job-operation.store.ts';
export { JobSettlementStore } from './stores/job-settlement.store.ts';
export { JobSubmissionStore } from './stores/job-submission.store.ts';
export { JournalStore, type JournalBounds, type Transition } from './stores/journal.store.ts';
export { KeyedSubmissionStore } from './stores/keyed-submission.store.ts';
export { renewLease, type Lease } from './stores/lease-renewal.ts';
export { LimitStandingStore, type Standing } from './stores/limit-standing.store.ts';
export { LostWorkerStore, type ReapedJob } from './stores/lost-worker.store.ts';
export type { OccurrenceRecord } from './stores/occurrence-rows.ts';
export {
  OccurrenceStore,
  type OccurrenceFilter,
  type OccurrenceList,
  type OccurrencePosition,
} from './stores/occurrence.store.ts';
export { PassStore } from './stores/pass.store.ts';
export {
  PendingJobStore,
  positionBefore,
  type Ends,
  type Page,
  type PendingHead,
  type Stretch,
  type WalkPosition,
} from './stores/pending-job.store.ts';
export { QueuePauseStore, type QueuePause } from './stores/queue-pause.store.ts';
export { QueuePolicyStore, type Running, type StoredPolicy } from './stores/queue-policy.store.ts';
export { QueueStore } from './stores/queue.store.ts';
export { RunningJobStore } from './stores/running-job.store.ts';
export { ScheduleFiringStore, type FiredBatch } from './stores/schedule-firing.store.ts';
export type { ScheduleRecord } from './stores/schedule-records.ts';
export { ScheduleRunStore, type Backfilled } from './stores/schedule-run.store.ts';
export { ScheduleStore, type ScheduleChange } from './stores/schedule.store.ts';
export { StepStore } from './stores/step.store.ts';
export { TallyStore } from './stores/tally.store.ts';
export { KeyHeldError } from './stores/key-held-error.ts';
export { UniqueSubmissionStore } from './stores/unique-submission.store.ts';
export { UnfinishedJobStore } from './stores/unfinished-job.store.ts';
export { WorkerStore } from './stores/worker.store.ts';
export { WorkflowStore, type WorkflowCancelled, type WorkflowCount } from './stores/workflow.store.ts';
export type { LinkRecord, NodeRecord, WorkflowRecord } from './stores/workflow-rows.ts';
export { WorkflowAdditionStore, type AddingAttempt, type AdditionAnswer } from './stores/workflow-addition.store.ts';
