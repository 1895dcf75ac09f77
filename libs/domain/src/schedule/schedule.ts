import type { NewJob } from '../job/job.ts';
import type { Instant } from '../job/scalars.ts';

export type ScheduleId = string;

/** Ticks that nobody could decide for so long, because no scheduler or no database was there, were missed. */
export const MISFIRE_AFTER_MS = 60_000;

/** What becomes of ticks that were missed: none of them runs, the last one, or the last `misfireLimit`. */
export const MISFIRES = ['none', 'last', 'all'] as const;
export type Misfire = (typeof MISFIRES)[number];

/**
 * What becomes of a tick while a job of an earlier one has not finished: it runs beside it, is skipped, waits for it (one
 * at a time; the rest is skipped), or has it cancelled and waits for that (the newest; the rest is skipped).
 */
export const OVERLAPS = ['allow', 'skip', 'queue', 'cancel'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** What becomes of a time that a clock set forward leaves out: no run, or one at the first moment after. */
export const GAPS = ['skip', 'after'] as const;
export type Gap = (typeof GAPS)[number];

/** Which of the two a time is that a clock set back makes come twice. */
export const REPEATS = ['first', 'last', 'both'] as const;
export type Repeat = (typeof REPEATS)[number];

/** When ticks come: at the times of a cron expression in a zone, or again and again after the same time. */
export type Recurrence =
  | {
      readonly kind: 'cron';
      readonly cron: string;
      readonly gap?: Gap | undefined;
      readonly repeat?: Repeat | undefined;
    }
  | { readonly kind: 'every'; readonly everyMs: number };

/** What every job of a schedule is like. */
export type JobTemplate = Pick<
  NewJob,
  | 'type'
  | 'queue'
  | 'payload'
  | 'priority'
  | 'timeoutMs'
  | 'maxAttempts'
  | 'backoff'
  | 'tags'
  | 'concurrencyKey'
  | 'fairnessKey'
>;

/** Everything that a caller decides about a schedule. */
export interface ScheduleDefinition {
  readonly recurrence: Recurrence;
  /** An IANA name. */
  readonly timezone: string;
  readonly job: JobTemplate;
  readonly misfire: Misfire;
  /** How many missed ticks run where all shall. */
  readonly misfireLimit: number;
  readonly overlap: Overlap;
  /** Each run is put off by a part of this, always the same for a tick. */
  readonly jitterMs: number;
  /** No tick before. */
  readonly startAt?: Instant | undefined;
  /** No tick after. */
  readonly endAt?: Instant | undefined;
  /** Ticks that run in all, without those that somebody triggered or backfilled. */
  readonly maxRuns?: number | undefined;
}

/** The latest pause: it goes on, or was over at `until`. */
export interface SchedulePause {
  readonly since: Instant;
  readonly until: Instant | undefined;
}

/** How far a schedule has come. */
export interface ScheduleProgress {
  /** The last tick that was decided. */
  readonly lastAt: Instant | undefined;
  /** The first tick that is not; undefined: there are no more. */
  readonly nextAt: Instant | undefined;
  /** The tick that waits for the job of an earlier one. */
  readonly queuedAt: Instant | undefined;
  readonly runs: number;
}

/** How many missed ticks may run. */
export function missedThatRun({ misfire, misfireLimit }: Pick<ScheduleDefinition, 'misfire' | 'misfireLimit'>): number {
  return { none: 0, last: 1, all: misfireLimit }[misfire];
}
