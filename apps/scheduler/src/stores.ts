import { Injectable } from '@nestjs/common';
import {
  DependencyStore,
  EffectStore,
  FinishedJobStore,
  GateStore,
  IndexRecordStore,
  JournalStore,
  JobOperationStore,
  KeyedSubmissionStore,
  LostWorkerStore,
  OccurrenceStore,
  PassStore,
  PendingJobStore,
  QueuePolicyStore,
  QueueStore,
  ScheduleFiringStore,
  TallyStore,
  UniqueSubmissionStore,
} from '@holdfast/persistence';

/** What the passes work on in MySQL. */
@Injectable()
export class Stores {
  constructor(
    readonly dependencies: DependencyStore,
    readonly effects: EffectStore,
    readonly finished: FinishedJobStore,
    readonly gates: GateStore,
    readonly journal: JournalStore,
    readonly keys: KeyedSubmissionStore,
    readonly jobs: PendingJobStore,
    readonly occurrences: OccurrenceStore,
    readonly operations: JobOperationStore,
    readonly passes: PassStore,
    readonly policies: QueuePolicyStore,
    readonly queues: QueueStore,
    readonly records: IndexRecordStore,
    readonly schedules: ScheduleFiringStore,
    readonly tallies: TallyStore,
    readonly uniqueKeys: UniqueSubmissionStore,
    readonly workers: LostWorkerStore,
  ) {}
}
