import type { JobId, KeyedAnswer, KeyedSubmission, NewJob, UniqueAnswer } from '@holdfast/domain';
import { JobSubmissionStore, KeyedSubmissionStore, UniqueSubmissionStore } from '@holdfast/persistence';
import { Tracing } from '@holdfast/runtime';
import { Injectable } from '@nestjs/common';
import { BATCH_LIMITS, SubmissionBatcher, type BatchStore } from './submission-batcher.ts';
import { traced } from './traced-store.ts';

const jobsOfKeyed = ({ jobs }: KeyedSubmission): readonly NewJob[] => jobs;
const jobsOfPlain = (jobs: readonly NewJob[]): readonly NewJob[] => jobs;

/** One at a time: what a submission waits for is locked while it is stored, and what is refused of it is refused alone. */
const ALONE = { ...BATCH_LIMITS, inFlight: 4, jobsBeside: 1, jobsPerInsert: 1 };

/** Two lanes: submissions with jobs that wait for others go alone, so that they hold up none that do not. */
class Lanes<Submission, Answer> {
  private readonly together: SubmissionBatcher<Submission, Answer>;
  private readonly alone: SubmissionBatcher<Submission, Answer>;

  constructor(
    store: BatchStore<Submission, Answer>,
    private readonly jobsOf: (submission: Submission) => readonly NewJob[],
  ) {
    this.together = new SubmissionBatcher(store, jobsOf);
    this.alone = new SubmissionBatcher(store, jobsOf, ALONE);
  }

  /** Jobs that wait for an insert. */
  get backlog(): number {
    return this.together.backlog + this.alone.backlog;
  }

  async submit(submission: Submission): Promise<Answer> {
    const lane = this.jobsOf(submission).some(isLinked) ? this.alone : this.together;
    return lane.submit(submission);
  }
}

function isLinked({ dependencies, place }: NewJob): boolean {
  return dependencies !== undefined || place !== undefined;
}

/** Answers the ids that are taken already, if there are any. */
@Injectable()
export class PlainBatcher extends Lanes<readonly NewJob[], readonly JobId[] | undefined> {
  constructor(store: JobSubmissionStore, tracing: Tracing) {
    super(traced(store, jobsOfPlain, tracing), jobsOfPlain);
  }
}

/** Those with a key have lanes of their own: one that waits for an equal key to be committed holds up no others. */
@Injectable()
export class KeyedBatcher extends Lanes<KeyedSubmission, KeyedAnswer> {
  constructor(store: KeyedSubmissionStore, tracing: Tracing) {
    super(traced(store, jobsOfKeyed, tracing), jobsOfKeyed);
  }
}

/** So have those with unique keys, which may wait for each other's commit, too. */
@Injectable()
export class UniqueBatcher extends Lanes<readonly NewJob[], UniqueAnswer> {
  constructor(store: UniqueSubmissionStore, tracing: Tracing) {
    super(traced(store, jobsOfPlain, tracing), jobsOfPlain);
  }
}
