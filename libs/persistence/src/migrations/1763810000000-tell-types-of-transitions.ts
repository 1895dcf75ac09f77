import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMN =
  "type VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'empty: written before there was this column'";

/** Whoever follows the journal asks for types, too. Both engines add the column without touching a row. */
export class TellTypesOfTransitions1763810000000 implements MigrationInterface {
  readonly name = 'TellTypesOfTransitions1763810000000';

  async up(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('job_transitions', 'type')) return;
    await runner.query(`ALTER TABLE job_transitions ADD COLUMN ${COLUMN}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await runner.hasColumn('job_transitions', 'type')) {
      await runner.query('ALTER TABLE job_transitions DROP COLUMN type');
    }
  }
}
