import type { NewJob } from '../job/job.ts';
import type { Instant, JobId } from '../job/scalars.ts';
import type { KeyHolder, Placement } from './unique-submissions.ts';

/** What a caller names its submission by, so that it may send it again without making a second one. */
export interface SubmissionKey {
  readonly tenant: string;
  readonly key: string;
  /** Digest of what was asked, in hexadecimal: a repetition asks for the same. */
  readonly request: string;
}

export interface KeyedSubmission {
  readonly key: SubmissionKey;
  readonly jobs: readonly NewJob[];
}

/** What a key stands for: the first submission under it that was committed. */
export interface FirstSubmission {
  readonly request: string;
  readonly jobIds: readonly JobId[];
  /** What became of each job; undefined: all were made. */
  readonly placed?: readonly Placement['kind'][] | undefined;
  readonly createdAt: Instant;
  readonly traceparent: string | undefined;
}

export type KeyedAnswer =
  /** With what became of each job; undefined: all were made. */
  | { readonly kind: 'inserted'; readonly placements?: readonly Placement[] | undefined }
  /** Nothing was inserted: these ids are taken. */
  | { readonly kind: 'taken'; readonly ids: readonly JobId[] }
  /** Nothing was inserted: a unique key is held. */
  | { readonly kind: 'held'; readonly wantedBy: JobId; readonly holder: KeyHolder }
  /** Nothing was inserted: the key stands for something already. */
  | { readonly kind: 'repeated'; readonly first: FirstSubmission };

/** Where submissions with a key are made durable: one for each key, however often and at once they are sent. */
export interface KeyedSubmissions {
  /** A submission is inserted whole, together with its key, or not at all. */
  insert(submissions: readonly KeyedSubmission[]): Promise<readonly KeyedAnswer[]>;
  find(key: SubmissionKey): Promise<FirstSubmission | undefined>;
}
