import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const STATE = 'VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin';

/** Where every transition of every job is written down, if TRANSITION_JOURNAL asks for it. */
export class CreateTransitionJournal1763800300000 implements MigrationInterface {
  readonly name = 'CreateTransitionJournal1763800300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS job_transitions (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'of one job, in the order of its transitions',
        at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
        job_id BINARY(16) NOT NULL,
        tenant ${NAME} NOT NULL,
        queue ${NAME} NOT NULL,
        event VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        from_state ${STATE} NOT NULL COMMENT 'empty: did not exist',
        to_state ${STATE} NOT NULL,
        generation INT UNSIGNED NOT NULL,
        attempt SMALLINT UNSIGNED NOT NULL,
        crashes SMALLINT UNSIGNED NOT NULL,
        fence INT UNSIGNED NOT NULL,
        run_at DATETIME(6) NOT NULL,
        worker_id BINARY(16) NULL COMMENT 'who holds the job from here on',
        actor VARCHAR(255) NOT NULL COMMENT 'the process that did it: host and process id, like workers.name',
        PRIMARY KEY (id),
        KEY by_job (job_id, id)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
        COMMENT='the history of jobs, each row written in the transaction that made it'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS job_transitions');
  }
}
