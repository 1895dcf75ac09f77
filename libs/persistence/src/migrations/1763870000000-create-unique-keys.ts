import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

/**
 * Who holds which unique key, and which key each job asked for, so that it can ask for it again when it is retried. Jobs
 * without a key have no row in either and pay nothing.
 */
export class CreateUniqueKeys1763870000000 implements MigrationInterface {
  readonly name = 'CreateUniqueKeys1763870000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS unique_keys (
        id BINARY(32) NOT NULL COMMENT 'SHA-256 of the tenant and the key',
        job_id BINARY(16) NOT NULL COMMENT 'who holds it, or was the last to',
        nonce BINARY(16) NOT NULL COMMENT 'of the submission that took it',
        held_until DATETIME(6) NULL COMMENT 'whatever becomes of the job; NULL: until it has finished',
        PRIMARY KEY (id),
        KEY by_end (held_until)
      ) ${TABLE} COMMENT='which job holds a unique key'`);
    await runner.query(`
      CREATE TABLE IF NOT EXISTS job_unique_keys (
        job_id BINARY(16) NOT NULL,
        key_id BINARY(32) NOT NULL COMMENT 'in unique_keys',
        tenant ${TENANT} NOT NULL,
        name VARCHAR(255) NOT NULL COMMENT 'the key',
        held_for_ms BIGINT UNSIGNED NULL COMMENT 'NULL: until the job has finished',
        PRIMARY KEY (job_id)
      ) ${TABLE} COMMENT='the unique keys of jobs'`);
    if (await runner.hasColumn('idempotency_keys', 'placed')) return;
    await runner.query(`ALTER TABLE idempotency_keys ADD COLUMN placed TEXT CHARACTER SET ascii COLLATE ascii_bin NULL
      COMMENT 'JSON array: what became of each job; NULL: all were made'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('idempotency_keys', 'placed'))
      await runner.query('ALTER TABLE idempotency_keys DROP COLUMN placed');
    for (const table of ['job_unique_keys', 'unique_keys']) await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}
