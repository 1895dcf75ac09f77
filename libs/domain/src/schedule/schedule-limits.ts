const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** The bounds of what a caller may ask of schedules. */
export const SCHEDULE_LIMITS = {
  perTenant: 1_000,
  nameLength: 64,
  cronLength: 200,
  everyMinMs: SECOND,
  everyMaxMs: 366 * DAY,
  jitterMs: DAY,
  misfireLimit: 1_000,
  maxRuns: 1_000_000_000,
  previewed: 200,
  /** Ticks that one call backfills. */
  backfilled: 250,
} as const;

export const SCHEDULE_DEFAULTS = {
  timezone: 'UTC',
  misfire: 'last',
  misfireLimit: 100,
  overlap: 'allow',
} as const;
