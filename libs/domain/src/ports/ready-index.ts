import type { Instant, JobId } from '../job/scalars.ts';
import type { Gate, Weights } from '../limits/limits.ts';

/** Whose turn a job waits for. */
export interface Lane {
  readonly tenant: string;
  readonly fairnessKey?: string | undefined;
  readonly concurrencyKey?: string | undefined;
}

export interface IndexEntry extends Lane {
  readonly id: JobId;
  readonly queue: string;
  readonly priority: number;
  readonly runAt: Instant;
}

/** There is room, and the job whose turn it is cannot take it: none that keeps an order with it may start, and any other. */
export const HELD_BY_A_TURN = -1;

/** What MySQL says of a gate, so that the index lets no more through it than can start. */
export interface Opening {
  readonly gate: Gate;
  /** How many more may start now: so many, or so many more than were known; or `HELD_BY_A_TURN`. */
  readonly room: number;
  readonly isRelative: boolean;
  /** When to ask again if there is no room; undefined: when something that runs has ended. */
  readonly until?: Instant | undefined;
}

/** Stands for the ids that were handed out by one call. */
export type Receipt = number;

export type Taken =
  | {
      readonly kind: 'hints';
      readonly ids: readonly JobId[];
      /** Of those that have one. */
      readonly lanes: ReadonlyMap<JobId, Lane>;
      /** What to name them by together when they are forgotten. */
      readonly receipt: Receipt;
      /** When there is more to take, as far as is known. */
      readonly askAgainAt: Instant | undefined;
    }
  /** The index of this queue was lost and is not rebuilt yet: ask MySQL. */
  | { readonly kind: 'lost' };

/** The disposable index. Every method may fail; nothing is lost when it does. */
export interface ReadyIndex {
  /** Jobs due beyond the horizon are left out: a scheduler loads them in time. */
  add(entries: readonly IndexEntry[]): Promise<void>;
  /** The ids of a queue whose turn it is, at most `limit`, remembered as taken until forgotten. */
  take(queue: string, limit: number, weights?: Weights): Promise<Taken>;
  /** The ids taken with this receipt were claimed or dropped. */
  forget(queue: string, receipt: Receipt): Promise<void>;
  /** There is more room behind these gates, or less, than the index knows. */
  open(queue: string, openings: readonly Opening[]): Promise<void>;
}
