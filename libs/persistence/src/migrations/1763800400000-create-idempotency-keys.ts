import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

/** What makes a repeated submission the same submission. A key is compared as a digest, by byte, in no collation at all. */
export class CreateIdempotencyKeys1763800400000 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1763800400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS idempotency_keys (
        id BINARY(32) NOT NULL COMMENT 'SHA-256 of the tenant and its key',
        request BINARY(32) NOT NULL COMMENT 'SHA-256 of what was asked: another request under the same key is refused',
        nonce BINARY(16) NOT NULL COMMENT 'which of several equal requests wrote the row',
        job_ids BLOB NOT NULL COMMENT '16 bytes each, in the order of the answer',
        created_at DATETIME(6) NOT NULL COMMENT 'when its jobs were created',
        traceparent CHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of its jobs',
        PRIMARY KEY (id),
        KEY by_age (created_at)
      ) ${TABLE} COMMENT='written in the transaction of the jobs that the key stands for; pruned after a day'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS idempotency_keys');
  }
}
