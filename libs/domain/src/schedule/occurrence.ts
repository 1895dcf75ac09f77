import type { NewJob } from '../job/job.ts';
import type { Instant } from '../job/scalars.ts';

/** What became of a tick, or of what somebody triggered. */
export const TICK_OUTCOMES = ['fired', 'queued', 'skipped', 'backfilled', 'triggered'] as const;
export type TickOutcome = (typeof TICK_OUTCOMES)[number];

/** Why a tick made no job. */
export const SKIP_REASONS = ['overlap', 'paused', 'gap', 'misfire'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** A decision about one tick. */
export type Verdict =
  | { readonly outcome: 'fired'; readonly job: NewJob; readonly lateMs: number }
  | { readonly outcome: 'queued' }
  | { readonly outcome: 'skipped'; readonly reason: SkipReason };

export interface Occurrence {
  readonly plannedAt: Instant;
  readonly verdict: Verdict;
}
