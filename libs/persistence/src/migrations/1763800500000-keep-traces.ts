import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMN = 'traceparent CHAR(55) CHARACTER SET ascii COLLATE ascii_bin NULL';

/** A job remembers the trace that its submission was part of. Both engines add the column without touching a row. */
export class KeepTraces1763800500000 implements MigrationInterface {
  readonly name = 'KeepTraces1763800500000';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('jobs', 'traceparent')) return;
    await runner.query(`ALTER TABLE jobs ADD COLUMN ${COLUMN} COMMENT 'W3C trace context of the submission'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('jobs', 'traceparent')) await runner.query('ALTER TABLE jobs DROP COLUMN traceparent');
  }
}
