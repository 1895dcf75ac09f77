import type { JobId, KeyedAnswer, KeyedSubmission, NewJob, UniqueAnswer } from '@holdfast/domain';
import { JobSubmissionStore, KeyedSubmissionStore, UniqueSubmissionStore } from '@holdfast/persistence';
import { Tracing } from '@holdfast/runtime';
import { Injectable } from '@nestjs/common';
import { SubmissionBatcher } from './submission-batcher.ts';
import { traced } from './traced-store.ts';

const jobsOfKeyed = ({ jobs }: KeyedSubmission): readonly NewJob[] => jobs;
const jobsOfPlain = (jobs: readonly NewJob[]): readonly NewJob[] => jobs;

/** Answers the ids that are taken already, if there are any. */
@Injectable()
export class PlainBatcher extends SubmissionBatcher<readonly NewJob[], readonly JobId[] | undefined> {
  constructor(store: JobSubmissionStore, tracing: Tracing) {
    super(traced(store, jobsOfPlain, tracing), jobsOfPlain);
  }
}

/** Those with a key have a lane of their own: one that waits for an equal key to be committed holds up no others. */
@Injectable()
export class KeyedBatcher extends SubmissionBatcher<KeyedSubmission, KeyedAnswer> {
  constructor(store: KeyedSubmissionStore, tracing: Tracing) {
    super(traced(store, jobsOfKeyed, tracing), jobsOfKeyed);
  }
}

/** So have those with unique keys, which may wait for each other's commit, too. */
@Injectable()
export class UniqueBatcher extends SubmissionBatcher<readonly NewJob[], UniqueAnswer> {
  constructor(store: UniqueSubmissionStore, tracing: Tracing) {
    super(traced(store, jobsOfPlain, tracing), jobsOfPlain);
  }
}
