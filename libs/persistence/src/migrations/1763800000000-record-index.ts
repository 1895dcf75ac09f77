import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS: readonly (readonly [name: string, definition: string])[] = [
  ['index_generation', "INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'grows with every rebuild; its fence'"],
  ['rebuild_cause', "VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of the last rebuild'"],
  ['rebuild_ms', 'INT UNSIGNED NULL'],
  ['rebuilt_jobs', 'BIGINT UNSIGNED NULL'],
  ['drift', "BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'jobs that the index was not told of and a scheduler found'"],
  ['drifted_at', 'DATETIME(6) NULL'],
];

/** What is known of a queue's index is kept where it cannot be wiped, so that any process can tell a stale one. */
export class RecordIndex1763800000000 implements MigrationInterface {
  readonly name = 'RecordIndex1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of COLUMNS) {
      if (!(await runner.hasColumn('queues', name))) {
        await runner.query(`ALTER TABLE queues ADD COLUMN ${name} ${definition}`);
      }
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name] of COLUMNS) {
      if (await runner.hasColumn('queues', name)) await runner.query(`ALTER TABLE queues DROP COLUMN ${name}`);
    }
  }
}
