const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1024;

/**
 * A claim takes a while itself, so a job may be claimed so long before it is due; it starts when it is, by MySQL's clock.
 * Jobs that come due one soon after the other then go together, too. In milliseconds.
 */
export const CLAIM_AHEAD_MS = 50;

/** The bounds of everything a caller may ask for. Docs, validation and CHECK constraints name the same figures. */
export const JOB_LIMITS = {
  nameLength: 64,
  typeLength: 128,
  priority: 1000,
  delayMs: 365 * DAY,
  deadlineMs: 2 * 365 * DAY,
  timeoutMs: 24 * HOUR,
  attempts: 100,
  tags: 16,
  tagLength: 64,
  payloadBytes: 256 * KIB,
  payloadDepth: 20,
  payloadKeys: 2000,
  batchSize: 1000,
  resultBytes: 64 * KIB,
  errorBytes: 8 * KIB,
  progressBytes: KIB,
  steps: 100,
  stepNameLength: 128,
  effectKeyLength: 255,
  /** Lines that an attempt keeps with its job, and the last attempts whose lines are kept. */
  logLines: 200,
  logLineBytes: KIB,
  loggedAttempts: 10,
  enqueuedBytes: 4 * 1024 * KIB,
  uniqueKeyLength: 255,
  uniqueForMs: 365 * DAY,
  laneKeyLength: 64,
  atOnce: 100_000,
  rate: 1_000_000,
  weights: 100,
  agingMs: 86_400_000,
  weight: 1_000,
} as const;

/** What a submission means by leaving a field out. */
export const JOB_DEFAULTS = {
  tenant: 'default',
  queue: 'default',
  priority: 0,
  timeoutMs: 30 * SECOND,
  maxAttempts: 5,
  backoff: { strategy: 'exponential', delayMs: SECOND, maxDelayMs: HOUR, jitter: 0.1 },
  /** Worker losses that a job survives before it is taken for their cause. */
  maxCrashes: 3,
} as const;

/** Queues, tenants and types are names: lower case, so that no two servers disagree whether they are equal. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]*$/;
