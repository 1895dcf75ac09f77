import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What handlers write down beside their jobs. In the order in which it is read, and pruned with the jobs. */
export class CreateJobLogs1763870000001 implements MigrationInterface {
  readonly name = 'CreateJobLogs1763870000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS job_logs (
        job_id BINARY(16) NOT NULL,
        fence INT UNSIGNED NOT NULL COMMENT 'of the attempt that wrote it',
        number SMALLINT UNSIGNED NOT NULL COMMENT 'within that attempt, from 1',
        attempt SMALLINT UNSIGNED NOT NULL,
        logged_at DATETIME(3) NOT NULL,
        line TEXT NOT NULL,
        PRIMARY KEY (job_id, fence, number)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='lines that handlers keep with their jobs'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS job_logs');
  }
}
