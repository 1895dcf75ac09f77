import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMN = "revision INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'grows when an operator changes it while it waits'";

/** Who changes a waiting job names what it read, so that no change is lost. Both engines add the column without touching a row. */
export class CountChanges1763800400001 implements MigrationInterface {
  readonly name = 'CountChanges1763800400001';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('jobs', 'revision')) return;
    await runner.query(`ALTER TABLE jobs ADD COLUMN ${COLUMN}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('jobs', 'revision')) await runner.query('ALTER TABLE jobs DROP COLUMN revision');
  }
}
