import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';
const CONDITION = "ENUM('succeeded', 'finished') CHARACTER SET ascii COLLATE ascii_bin";

/**
 * Jobs that wait for jobs. Whether a dependency is met is never stored: it is read off the state of the job that it names,
 * so that it cannot drift. What a job has to know for its own settlement is one byte. Both engines add it without touching
 * a row.
 */
export class CreateWorkflows1763850000000 implements MigrationInterface {
  readonly name = 'CreateWorkflows1763850000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [DEPENDENCIES, WORKFLOWS, WORKFLOW_JOBS]) await runner.query(statement);
    if (await runner.hasColumn('jobs', 'has_dependants')) return;
    await runner.query(`ALTER TABLE jobs ADD COLUMN has_dependants ${HAS_DEPENDANTS}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('jobs', 'has_dependants'))
      await runner.query('ALTER TABLE jobs DROP COLUMN has_dependants');
    for (const table of ['workflow_jobs', 'workflows', 'dependencies']) {
      await runner.query(`DROP TABLE IF EXISTS ${table}`);
    }
  }
}

const HAS_DEPENDANTS = "TINYINT NOT NULL DEFAULT 0 COMMENT '1: whoever finishes it looks for jobs that wait for it'";

const DEPENDENCIES = `
  CREATE TABLE IF NOT EXISTS dependencies (
    job_id BINARY(16) NOT NULL COMMENT 'the job that waits',
    depends_on BINARY(16) NOT NULL COMMENT 'the job that it waits for',
    requirement ${CONDITION} NOT NULL COMMENT 'that it succeeded, or that it finished, however',
    is_cause TINYINT NOT NULL DEFAULT 0 COMMENT '1: the job was cancelled because this one failed',
    PRIMARY KEY (job_id, depends_on),
    KEY by_dependency (depends_on, job_id)
  ) ${TABLE}`;

const WORKFLOWS = `
  CREATE TABLE IF NOT EXISTS workflows (
    id BINARY(16) NOT NULL,
    tenant ${NAME} NOT NULL,
    name VARCHAR(128) NOT NULL COMMENT 'for people; not unique',
    created_at DATETIME(6) NOT NULL,
    cancelled_at DATETIME(6) NULL COMMENT 'nothing may be added any more',
    PRIMARY KEY (id),
    KEY by_tenant (tenant, id)
  ) ${TABLE}`;

const WORKFLOW_JOBS = `
  CREATE TABLE IF NOT EXISTS workflow_jobs (
    workflow_id BINARY(16) NOT NULL,
    name ${NAME} NOT NULL,
    job_id BINARY(16) NOT NULL,
    awaits_all ${CONDITION} NULL COMMENT 'it waits for all others, also for those that are added later',
    added_by BINARY(16) NULL COMMENT 'the job whose handler added it',
    PRIMARY KEY (workflow_id, name),
    UNIQUE KEY by_job (job_id)
  ) ${TABLE}`;
