import type { JobId, KeyedAnswer, KeyedSubmission, NewJob } from '@holdfast/domain';
import { JobSubmissionStore, KeyedSubmissionStore } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { SubmissionBatcher } from './submission-batcher.ts';

/** Answers the ids that are taken already, if there are any. */
@Injectable()
export class PlainBatcher extends SubmissionBatcher<readonly NewJob[], readonly JobId[] | undefined> {
  constructor(store: JobSubmissionStore) {
    super(store, (jobs) => jobs);
  }
}

/** Those with a key have a lane of their own: one that waits for an equal key to be committed holds up no others. */
@Injectable()
export class KeyedBatcher extends SubmissionBatcher<KeyedSubmission, KeyedAnswer> {
  constructor(store: KeyedSubmissionStore) {
    super(store, ({ jobs }) => jobs);
  }
}
