import { Injectable } from '@nestjs/common';
import { LostWorkerStore, PassStore, PendingJobStore, QueueStore, TallyStore } from '@holdfast/persistence';

/** What the passes work on in MySQL. */
@Injectable()
export class Stores {
  constructor(
    readonly jobs: PendingJobStore,
    readonly passes: PassStore,
    readonly queues: QueueStore,
    readonly tallies: TallyStore,
    readonly workers: LostWorkerStore,
  ) {}
}
