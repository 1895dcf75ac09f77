import { Injectable } from '@nestjs/common';
import {
  IndexRecordStore,
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
    readonly keys: KeyedSubmissionStore,
    readonly jobs: PendingJobStore,
    readonly passes: PassStore,
    readonly queues: QueueStore,
    readonly records: IndexRecordStore,
    readonly tallies: TallyStore,
    readonly workers: LostWorkerStore,
  ) {}
}
