import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

/** A tenant pauses its own part of a queue: the jobs of others in a queue of that name go on. */
export class PauseQueues1763800400002 implements MigrationInterface {
  readonly name = 'PauseQueues1763800400002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS queue_pauses (
        queue ${NAME} NOT NULL,
        tenant ${NAME} NOT NULL,
        paused_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
        paused_by VARCHAR(255) NOT NULL COMMENT 'subject of the token',
        PRIMARY KEY (queue, tenant)
      ) ${TABLE} COMMENT='no job of the tenant in the queue is claimed while there is a row'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS queue_pauses');
  }
}
