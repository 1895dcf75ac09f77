import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

/**
 * Schedules, and what became of each of their ticks. A job knows the tick that made it; jobs that no tick made pay nothing
 * but two bits for that. Both engines add the columns without touching a row.
 */
export class CreateSchedules1763830000000 implements MigrationInterface {
  readonly name = 'CreateSchedules1763830000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [SCHEDULES, OCCURRENCES]) await runner.query(statement);
    for (const [name, column] of Object.entries(JOB_COLUMNS)) {
      if (!(await runner.hasColumn('jobs', name))) await runner.query(`ALTER TABLE jobs ADD COLUMN ${name} ${column}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(JOB_COLUMNS)) {
      if (await runner.hasColumn('jobs', name)) await runner.query(`ALTER TABLE jobs DROP COLUMN ${name}`);
    }
    for (const table of ['occurrences', 'schedules']) await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

const JOB_COLUMNS = {
  schedule_id: "BINARY(16) NULL COMMENT 'the schedule that made it'",
  planned_at: "DATETIME(6) NULL COMMENT 'the tick of that schedule'",
};

const SCHEDULES = `
  CREATE TABLE IF NOT EXISTS schedules (
    id BINARY(16) NOT NULL,
    tenant ${NAME} NOT NULL,
    name ${NAME} NOT NULL,
    definition MEDIUMTEXT NOT NULL COMMENT 'JSON text: all that a caller decides',
    revision INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'grows with every change that somebody makes',
    runs INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'ticks that made a job',
    last_at DATETIME(6) NULL COMMENT 'the last tick that was decided',
    next_at DATETIME(6) NULL COMMENT 'the first that is not; NULL: there are no more',
    queued_at DATETIME(6) NULL COMMENT 'the tick that waits for the job of an earlier one',
    wake_at DATETIME(6) NULL COMMENT 'when a scheduler looks at it next',
    paused_at DATETIME(6) NULL COMMENT 'when it was paused last',
    paused_by VARCHAR(255) NULL,
    resumed_at DATETIME(6) NULL COMMENT 'when that pause was over; NULL: it goes on',
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY by_name (tenant, name),
    KEY by_wake (wake_at)
  ) ${TABLE}`;

/** The primary key is why no tick can be decided twice, however many schedulers try. */
const OCCURRENCES = `
  CREATE TABLE IF NOT EXISTS occurrences (
    schedule_id BINARY(16) NOT NULL,
    planned_at DATETIME(6) NOT NULL,
    origin ENUM('tick', 'trigger') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    outcome ENUM('fired', 'queued', 'skipped', 'backfilled', 'triggered') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason ENUM('overlap', 'paused', 'gap', 'misfire') CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT
      'why it was skipped, at first',
    late_ms BIGINT UNSIGNED NULL COMMENT 'from the tick to the job',
    job_id BINARY(16) NULL,
    is_open TINYINT NULL COMMENT '1: its job may not have finished, and the next tick asks for that',
    decided_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    PRIMARY KEY (schedule_id, planned_at, origin),
    KEY by_open (schedule_id, is_open),
    KEY by_job (schedule_id, job_id),
    KEY by_age (decided_at),
    CONSTRAINT occurrences_skipped_for_a_reason CHECK (outcome <> 'skipped' OR reason IS NOT NULL),
    CONSTRAINT occurrences_made_a_job CHECK ((outcome IN ('fired', 'backfilled', 'triggered')) = (job_id IS NOT NULL))
  ) ${TABLE} COMMENT='what became of each tick, written with its job'`;
