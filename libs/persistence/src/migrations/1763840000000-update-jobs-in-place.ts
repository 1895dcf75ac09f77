import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A claim gives a job a worker and a time, which were NULL. The usual row format leaves no room for what is NULL: the row
 * grows, and where jobs lie close together, as a batch leaves them, its page must be split. REDUNDANT keeps the place of
 * every column of fixed length, so that claims and outcomes are written where the row lies. A third of a job's whole
 * cost from claim to outcome (bench/README.md, diary). Long texts keep their first 768 bytes in the row, so there may be
 * about nine of them in this table.
 */
export class UpdateJobsInPlace1763840000000 implements MigrationInterface {
  readonly name = 'UpdateJobsInPlace1763840000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE jobs ROW_FORMAT=REDUNDANT, LOCK=NONE');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE jobs ROW_FORMAT=DYNAMIC, LOCK=NONE');
  }
}
