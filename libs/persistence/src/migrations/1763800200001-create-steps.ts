import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What jobs have done already: a recorded step is not done again by a later attempt. */
export class CreateSteps1763800200001 implements MigrationInterface {
  readonly name = 'CreateSteps1763800200001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS steps (
        job_id BINARY(16) NOT NULL,
        name VARCHAR(128) NOT NULL,
        result MEDIUMTEXT NULL COMMENT 'JSON text',
        fence INT UNSIGNED NOT NULL COMMENT 'of the attempt that did it',
        recorded_at DATETIME(6) NOT NULL,
        PRIMARY KEY (job_id, name)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='a row for each recorded step of a job'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS steps');
  }
}
