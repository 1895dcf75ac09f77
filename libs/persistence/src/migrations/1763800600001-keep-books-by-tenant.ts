import type { MigrationInterface, QueryRunner } from 'typeorm';

const NAME = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin';
const STATE = 'VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin';
const EVENT = 'VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin';
const TABLE = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';
const QUEUE = `queue ${NAME} NOT NULL COMMENT 'empty: all queues of the tenant together'`;

/**
 * What a program counts stays in `tallies` until a scheduler adds it up: into totals, into slices of time, and into how
 * many jobs come due when. What older programs summed up in `tallies` is added up in the same way.
 */
export class KeepBooksByTenant1763800600001 implements MigrationInterface {
  readonly name = 'KeepBooksByTenant1763800600001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [TALLY_TOTALS, TALLY_SLICES, TALLY_DUES]) await runner.query(statement);
    if (!(await runner.hasColumn('tallies', 'to_due_at'))) await runner.query(CHANGE_TALLIES);
    await countWhatIsScheduled(runner);
  }

  /** Puts the totals back where the older programs look for them. */
  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('tallies', 'to_due_at')) await runner.query(CHANGE_TALLIES_BACK);
    if (await runner.hasTable('tally_totals')) {
      await runner.query('START TRANSACTION');
      await runner.query(GIVE_TOTALS_BACK);
      await runner.query('DELETE FROM tally_totals');
      await runner.query('COMMIT');
    }
    for (const table of ['tally_dues', 'tally_slices', 'tally_totals'])
      await runner.query(`DROP TABLE IF EXISTS ${table}`);
  }
}

const TALLY_TOTALS = `
  CREATE TABLE IF NOT EXISTS tally_totals (
    tenant ${NAME} NOT NULL,
    ${QUEUE},
    event ${EVENT} NOT NULL,
    from_state ${STATE} NOT NULL COMMENT 'empty: did not exist',
    to_state ${STATE} NOT NULL COMMENT 'empty: exists no more',
    n BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (tenant, queue, event, from_state, to_state)
  ) ${TABLE} COMMENT='how often each transition ever happened'`;

const TALLY_SLICES = `
  CREATE TABLE IF NOT EXISTS tally_slices (
    tenant ${NAME} NOT NULL,
    ${QUEUE},
    span ENUM('ten-seconds', 'minute') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    starts_at DATETIME NOT NULL,
    event ${EVENT} NOT NULL,
    n BIGINT UNSIGNED NOT NULL,
    PRIMARY KEY (tenant, queue, span, starts_at, event),
    KEY by_age (span, starts_at)
  ) ${TABLE} COMMENT='how often each event happened lately'`;

const TALLY_DUES = `
  CREATE TABLE IF NOT EXISTS tally_dues (
    tenant ${NAME} NOT NULL,
    ${QUEUE},
    span ENUM('second', 'minute', 'hour', 'day') CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    due_at DATETIME NOT NULL COMMENT 'where the span begins',
    n BIGINT NOT NULL,
    PRIMARY KEY (tenant, queue, span, due_at),
    KEY by_age (span, due_at)
  ) ${TABLE} COMMENT='how many pending jobs were put off until when; what is past says nothing'`;

const CHANGE_TALLIES = `
  ALTER TABLE tallies
    DROP KEY by_span, DROP COLUMN span,
    ADD COLUMN from_due_at DATETIME NULL COMMENT 'the second for which a pending job was put off, which it is no more',
    ADD COLUMN to_due_at DATETIME NULL COMMENT 'the second for which a pending job is put off',
    ADD KEY by_tenant (tenant, queue)`;

const CHANGE_TALLIES_BACK = `
  ALTER TABLE tallies
    DROP KEY by_tenant, DROP COLUMN to_due_at, DROP COLUMN from_due_at,
    ADD COLUMN span ENUM('raw', 'slice', 'total') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'raw' AFTER id,
    ADD KEY by_span (span, counted_at)`;

const GIVE_TOTALS_BACK = `
  INSERT INTO tallies (span, counted_at, tenant, queue, event, from_state, to_state, n)
  SELECT 'total', '1970-01-01', tenant, queue, event, from_state, to_state, n FROM tally_totals WHERE queue <> ''`;

const SPANS = {
  second: '%Y-%m-%d %H:%i:%s',
  minute: '%Y-%m-%d %H:%i:00',
  hour: '%Y-%m-%d %H:00:00',
  day: '%Y-%m-%d 00:00:00',
};

/** Jobs that were put off before anybody noted it. */
async function countWhatIsScheduled(runner: QueryRunner): Promise<void> {
  await runner.query('START TRANSACTION');
  await runner.query('DELETE FROM tally_dues');
  for (const [span, format] of Object.entries(SPANS)) {
    for (const queue of ['queue', "''"]) {
      await runner.query(
        `INSERT INTO tally_dues (tenant, queue, span, due_at, n)
         SELECT tenant, ${queue}, ?, DATE_FORMAT(run_at, ?) AS due, COUNT(*) FROM jobs FORCE INDEX (by_state)
         WHERE state = 'pending' AND run_at > UTC_TIMESTAMP(6) GROUP BY tenant, ${queue === 'queue' ? 'queue, ' : ''}due`,
        [span, format],
      );
    }
  }
  await runner.query('COMMIT');
}
