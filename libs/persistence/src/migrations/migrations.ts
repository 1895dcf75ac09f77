import { CreateJobs1763700000000 } from './1763700000000-create-jobs.ts';
import { RecordIndex1763800000000 } from './1763800000000-record-index.ts';
import { ShowVitals1763800200000 } from './1763800200000-show-vitals.ts';
import { CreateSteps1763800200001 } from './1763800200001-create-steps.ts';
import { CreateTransitionJournal1763800300000 } from './1763800300000-create-transition-journal.ts';
import { CreateIdempotencyKeys1763800400000 } from './1763800400000-create-idempotency-keys.ts';
import { CountChanges1763800400001 } from './1763800400001-count-changes.ts';
import { PauseQueues1763800400002 } from './1763800400002-pause-queues.ts';
import { KeepTraces1763800500000 } from './1763800500000-keep-traces.ts';
import { IndexLists1763800600000 } from './1763800600000-index-lists.ts';
import { KeepBooksByTenant1763800600001 } from './1763800600001-keep-books-by-tenant.ts';
import { TellTypesOfTransitions1763810000000 } from './1763810000000-tell-types-of-transitions.ts';
import { ListUnusualStates1763810000001 } from './1763810000001-list-unusual-states.ts';
import { CreateEffects1763820000000 } from './1763820000000-create-effects.ts';
import { CreateSchedules1763830000000 } from './1763830000000-create-schedules.ts';
import { UpdateJobsInPlace1763840000000 } from './1763840000000-update-jobs-in-place.ts';
import { CreateWorkflows1763850000000 } from './1763850000000-create-workflows.ts';
import { LimitJobs1763860000000 } from './1763860000000-limit-jobs.ts';
import { CreateUniqueKeys1763870000000 } from './1763870000000-create-unique-keys.ts';
import { CreateJobLogs1763870000001 } from './1763870000001-create-job-logs.ts';

/** In the order in which they are applied. */
export const MIGRATIONS = [
  CreateJobs1763700000000,
  RecordIndex1763800000000,
  ShowVitals1763800200000,
  CreateSteps1763800200001,
  CreateTransitionJournal1763800300000,
  CreateIdempotencyKeys1763800400000,
  CountChanges1763800400001,
  PauseQueues1763800400002,
  KeepTraces1763800500000,
  IndexLists1763800600000,
  KeepBooksByTenant1763800600001,
  TellTypesOfTransitions1763810000000,
  ListUnusualStates1763810000001,
  CreateEffects1763820000000,
  CreateSchedules1763830000000,
  UpdateJobsInPlace1763840000000,
  CreateWorkflows1763850000000,
  LimitJobs1763860000000,
  CreateUniqueKeys1763870000000,
  CreateJobLogs1763870000001,
];
