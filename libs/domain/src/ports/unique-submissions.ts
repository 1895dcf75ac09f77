import type { NewJob } from '../job/job.ts';
import type { Instant, JobId } from '../job/scalars.ts';
import type { JobState } from '../job/job-state.ts';
import type { IndexEntry } from './ready-index.ts';

/** What became of one job of a submission. */
export type Placement =
  | { readonly kind: 'made'; readonly id: JobId }
  /** Another holds its key, and stands for it. */
  | { readonly kind: 'existing'; readonly id: JobId }
  /** The one that holds its key has its payload and its times now. */
  | { readonly kind: 'replaced'; readonly id: JobId; readonly entry?: IndexEntry | undefined };

/** Who holds a key that somebody else wants. */
export interface KeyHolder {
  readonly key: string;
  readonly id: JobId;
  /** undefined: it is gone, but its window is not over. */
  readonly state: JobState | undefined;
  readonly runAt: Instant;
}

export type UniqueAnswer =
  /** One for each job of the submission. */
  | { readonly kind: 'placed'; readonly placements: readonly Placement[] }
  /** Nothing was inserted: these ids are taken. */
  | { readonly kind: 'taken'; readonly ids: readonly JobId[] }
  /** Nothing was inserted: a key is held. */
  | { readonly kind: 'held'; readonly wantedBy: JobId; readonly holder: KeyHolder };

/** Where submissions are made durable of which some jobs have a key that no other job may have. */
export interface UniqueSubmissions {
  /** A submission is placed whole or not at all. */
  insert(submissions: readonly (readonly NewJob[])[]): Promise<readonly UniqueAnswer[]>;
}
