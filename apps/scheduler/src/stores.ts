import { Injectable } from '@nestjs/common';
import {
  EffectStore,
  FinishedJobStore,
  IndexRecordStore,
  JournalStore,
  KeyedSubmissionStore,
  LostWorkerStore,
  PassStore,
  PendingJobStore,
  QueueStore,
  TallyStore,
} from '@holdfast/persistence';

/** What the passes work on in MySQL. */
@Injectable()
export class Stores {
  constructor(
    readonly effects: EffectStore,
    readonly finished: FinishedJobStore,
    readonly journal: JournalStore,
    readonly keys: KeyedSubmissionStore,
    readonly jobs: PendingJobStore,
    readonly passes: PassStore,
    readonly queues: QueueStore,
    readonly records: IndexRecordStore,
    readonly tallies: TallyStore,
    readonly workers: LostWorkerStore,
  ) {}
}
