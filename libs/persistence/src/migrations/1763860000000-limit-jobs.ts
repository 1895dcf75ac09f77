import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

/**
 * What keeps jobs from starting all at once, and whose turn it is. Nothing here counts what runs: that is counted from the
 * jobs themselves, so that no crash can leave a slot taken.
 */
export class LimitJobs1763860000000 implements MigrationInterface {
  readonly name = 'LimitJobs1763860000000';

  async up(runner: QueryRunner): Promise<void> {
    if (!(await runner.hasColumn('jobs', 'concurrency_key'))) await runner.query(ADD_KEYS);
    for (const statement of [POLICIES, GATES, ORDERED_JOBS, LANED_QUEUES]) await runner.query(statement);
    await runner.query(
      `INSERT IGNORE INTO laned_queues (queue)
       SELECT DISTINCT queue FROM tally_totals WHERE tenant <> 'default' AND queue <> ''
       UNION SELECT DISTINCT queue FROM tallies WHERE tenant <> 'default'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['laned_queues', 'ordered_jobs', 'gates', 'queue_policies'])
      await runner.query(`DROP TABLE IF EXISTS ${table}`);
    if (await runner.hasColumn('jobs', 'concurrency_key')) await runner.query(DROP_KEYS);
  }
}

const ADD_KEYS = `
  ALTER TABLE jobs
    ADD COLUMN concurrency_key VARCHAR(64) NULL COMMENT 'only so many jobs that share one run at once',
    ADD COLUMN fairness_key VARCHAR(64) NULL COMMENT 'jobs with different ones take turns',
    ADD COLUMN is_ordered BOOLEAN NULL COMMENT 'starts when every earlier job with its concurrency key has finished',
    ALGORITHM=INSTANT`;

const DROP_KEYS = 'ALTER TABLE jobs DROP COLUMN concurrency_key, DROP COLUMN fairness_key, DROP COLUMN is_ordered';

const POLICIES = `
  CREATE TABLE IF NOT EXISTS queue_policies (
    queue ${NAME} NOT NULL,
    tenant ${NAME} NOT NULL,
    policy TEXT NOT NULL COMMENT 'JSON text: limits and weights',
    changed_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    PRIMARY KEY (queue, tenant),
    KEY by_tenant (tenant, queue)
  ) ${TABLE} COMMENT='what a tenant has decided about its jobs in a queue'`;

const GATES = `
  CREATE TABLE IF NOT EXISTS gates (
    id BINARY(32) NOT NULL COMMENT 'SHA-256 of the tenant, the queue and the concurrency key, if it is that of one',
    due_us BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'when the next start is due by the rate, in epoch microseconds',
    used_on DATE NOT NULL DEFAULT (UTC_DATE()),
    PRIMARY KEY (id),
    KEY by_use (used_on)
  ) ${TABLE} COMMENT='what a claim locks while it counts what runs'`;

const ORDERED_JOBS = `
  CREATE TABLE IF NOT EXISTS ordered_jobs (
    gate_id BINARY(32) NOT NULL,
    seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    job_id BINARY(16) NOT NULL,
    PRIMARY KEY (gate_id, seq),
    UNIQUE KEY by_seq (seq),
    UNIQUE KEY by_job (job_id)
  ) ${TABLE} COMMENT='in which order the jobs of a concurrency key start'`;

const LANED_QUEUES = `
  CREATE TABLE IF NOT EXISTS laned_queues (
    queue ${NAME} NOT NULL,
    PRIMARY KEY (queue)
  ) ${TABLE} COMMENT='queues in which jobs take turns: some have another tenant than the default, or a key'`;
