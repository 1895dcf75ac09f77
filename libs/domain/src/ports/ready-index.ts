import type { Instant, JobId } from '../job/job.ts';

export interface IndexEntry {
  readonly id: JobId;
  readonly queue: string;
  readonly priority: number;
  readonly runAt: Instant;
}

/** Stands for the ids that were handed out by one call. */
export type Receipt = number;

export type Taken =
  | {
      readonly kind: 'hints';
      readonly ids: readonly JobId[];
      /** What to name them by together when they are forgotten. */
      readonly receipt: Receipt;
      readonly nextDueAt: Instant | undefined;
    }
  /** The index of this queue was lost and is not rebuilt yet: ask MySQL. */
  | { readonly kind: 'lost' };

/** The disposable index. Every method may fail; nothing is lost when it does. */
export interface ReadyIndex {
  /** Jobs due beyond the horizon are left out: a scheduler loads them in time. */
  add(entries: readonly IndexEntry[]): Promise<void>;
  /** The best ids of a queue that are due, at most `limit`, remembered as taken until forgotten. */
  take(queue: string, limit: number): Promise<Taken>;
  /** The ids taken with this receipt were claimed or dropped. */
  forget(queue: string, receipt: Receipt): Promise<void>;
}
