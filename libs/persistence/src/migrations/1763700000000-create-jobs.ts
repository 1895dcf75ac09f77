import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';
const STATES = "'blocked', 'pending', 'running', 'succeeded', 'dead', 'cancelled', 'expired'";

/**
 * The truth. Every statement can be run again after a crash halfway, since DDL is not transactional.
 * Ids are UUIDs in 16 bytes; names and keys compare by byte; every time is UTC.
 */
export class CreateJobs1763700000000 implements MigrationInterface {
  readonly name = 'CreateJobs1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [JOBS, JOB_TAGS, JOB_FAILURES, QUEUES, WORKERS, PASSES, TALLIES])
      await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['tallies', 'passes', 'workers', 'queues', 'job_failures', 'job_tags', 'jobs']) {
      await runner.query(`DROP TABLE IF EXISTS ${table}`);
    }
  }
}

/**
 * by_state serves everything that walks jobs in order: rebuilding and reconciling the index, claims without it, the
 * running jobs of lost workers. It is the one index that a transition moves. expires_at is set only while a deadline
 * can still be missed, so jobs without one never touch its index.
 */
const JOBS = `
  CREATE TABLE IF NOT EXISTS jobs (
    id BINARY(16) NOT NULL,
    tenant ${NAME} NOT NULL DEFAULT 'default',
    queue ${NAME} NOT NULL DEFAULT 'default',
    type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state ENUM(${STATES}) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'pending',
    priority SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0 to 1000, higher first',
    run_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'never started before',
    deadline DATETIME(6) NULL COMMENT 'never started from then on',
    timeout_ms INT UNSIGNED NOT NULL DEFAULT 30000,
    attempt SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'attempts begun in this generation, without crashes',
    max_attempts SMALLINT UNSIGNED NOT NULL DEFAULT 5,
    crashes SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'workers lost with it in this generation',
    generation INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'grows when an operator retries it',
    fence INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'grows with every claim; every later write names it',
    worker_id BINARY(16) NULL COMMENT 'who runs it; its lease is that worker''s',
    cancel_requested_at DATETIME(6) NULL,
    backoff_strategy ENUM('exponential', 'linear', 'fixed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'exponential',
    backoff_delay_ms BIGINT UNSIGNED NOT NULL DEFAULT 1000,
    backoff_max_delay_ms BIGINT UNSIGNED NOT NULL DEFAULT 3600000,
    backoff_jitter DOUBLE NOT NULL DEFAULT 0.1 COMMENT 'share of the delay, 0 to 1',
    created_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    started_at DATETIME(6) NULL COMMENT 'last claim',
    finished_at DATETIME(6) NULL,
    expires_at DATETIME(6) AS (CASE WHEN state IN ('blocked', 'pending') THEN deadline END) STORED,
    payload MEDIUMTEXT NOT NULL DEFAULT ('{}') COMMENT 'JSON text',
    tags TEXT NULL COMMENT 'JSON array of strings',
    result MEDIUMTEXT NULL COMMENT 'JSON text',
    error TEXT NULL COMMENT 'JSON text: name, message, stack of the last failure',
    progress TEXT NULL COMMENT 'JSON text',
    PRIMARY KEY (id),
    KEY by_state (state, queue, priority, run_at),
    KEY by_tenant (tenant, id),
    KEY by_expiry (expires_at),
    CONSTRAINT jobs_running_has_worker CHECK ((state = 'running') = (worker_id IS NOT NULL)),
    CONSTRAINT jobs_running_was_claimed CHECK (state <> 'running' OR (started_at IS NOT NULL AND attempt > 0 AND fence > 0)),
    CONSTRAINT jobs_finished_has_time CHECK ((state IN ('succeeded', 'dead', 'cancelled', 'expired')) = (finished_at IS NOT NULL)),
    CONSTRAINT jobs_result_of_success CHECK (result IS NULL OR state = 'succeeded'),
    CONSTRAINT jobs_attempts_bounded CHECK (attempt <= max_attempts AND max_attempts BETWEEN 1 AND 100),
    CONSTRAINT jobs_priority_bounded CHECK (priority <= 1000),
    CONSTRAINT jobs_backoff_bounded CHECK (backoff_jitter BETWEEN 0 AND 1)
  ) ${TABLE}`;

const JOB_TAGS = `
  CREATE TABLE IF NOT EXISTS job_tags (
    tenant ${NAME} NOT NULL,
    tag VARCHAR(64) NOT NULL,
    job_id BINARY(16) NOT NULL,
    PRIMARY KEY (tenant, tag, job_id)
  ) ${TABLE} COMMENT='which jobs bear a tag'`;

const JOB_FAILURES = `
  CREATE TABLE IF NOT EXISTS job_failures (
    job_id BINARY(16) NOT NULL,
    fence INT UNSIGNED NOT NULL,
    attempt SMALLINT UNSIGNED NOT NULL,
    generation INT UNSIGNED NOT NULL,
    kind ENUM('failed', 'timed-out', 'crashed') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    error TEXT NOT NULL COMMENT 'JSON text: name, message, stack',
    worker_id BINARY(16) NOT NULL,
    started_at DATETIME(6) NOT NULL,
    failed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (job_id, fence)
  ) ${TABLE} COMMENT='a row for each failed or crashed attempt'`;

const QUEUES = `
  CREATE TABLE IF NOT EXISTS queues (
    name ${NAME} NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    rebuild_until DATETIME(6) NULL COMMENT 'a scheduler is rebuilding the index until then',
    rebuilt_at DATETIME(6) NULL,
    PRIMARY KEY (name)
  ) ${TABLE}`;

const WORKERS = `
  CREATE TABLE IF NOT EXISTS workers (
    id BINARY(16) NOT NULL COMMENT 'fresh and random for every process',
    name VARCHAR(255) NOT NULL,
    queues TEXT NOT NULL COMMENT 'JSON array; * is every queue',
    types TEXT NOT NULL COMMENT 'JSON array of the job types it has handlers for',
    capacity INT UNSIGNED NOT NULL,
    cancel_requests INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'grows when a job it runs shall be cancelled',
    started_at DATETIME(6) NOT NULL,
    lease_until DATETIME(6) NOT NULL,
    PRIMARY KEY (id)
  ) ${TABLE} COMMENT='live workers; a row is removed when its lease ran out'`;

const PASSES = `
  CREATE TABLE IF NOT EXISTS passes (
    name ${NAME} NOT NULL,
    next_run_at DATETIME(6) NOT NULL,
    runs BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'fence: grows with every run',
    scheduler_id BINARY(16) NULL COMMENT 'who won the last run',
    watermark DATETIME(6) NULL COMMENT 'how far a pass that moves through time has come',
    PRIMARY KEY (name)
  ) ${TABLE} COMMENT='when each scheduler pass is next due'`;

const TALLIES = `
  CREATE TABLE IF NOT EXISTS tallies (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    span ENUM('raw', 'slice', 'total') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'raw' COMMENT
      'as it was written; ten seconds summed up; everything older',
    counted_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    tenant ${NAME} NOT NULL,
    queue ${NAME} NOT NULL,
    event VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    from_state VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'empty: did not exist',
    to_state VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    n BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (id),
    KEY by_span (span, counted_at)
  ) ${TABLE} COMMENT='transitions, counted in the transaction that made them'`;
