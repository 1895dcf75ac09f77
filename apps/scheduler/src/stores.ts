import { Injectable } from '@nestjs/common';
import {
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
    readonly tallies: TallyStore,
    readonly workers: LostWorkerStore,
  ) {}
}
