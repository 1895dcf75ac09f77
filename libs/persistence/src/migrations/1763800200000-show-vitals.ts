import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = {
  blocked_ms:
    "INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'longest stand-still of its event loop since the last heartbeat'",
  rss_bytes: 'BIGINT UNSIGNED NOT NULL DEFAULT 0',
  heap_used_bytes: 'BIGINT UNSIGNED NOT NULL DEFAULT 0',
  jobs_started: "BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'attempts since its process began'",
  jobs_ended: 'BIGINT UNSIGNED NOT NULL DEFAULT 0',
};

/** A worker's row tells how its process is, with the heartbeat that it writes anyway. */
export class ShowVitals1763800200000 implements MigrationInterface {
  readonly name = 'ShowVitals1763800200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [column, definition] of Object.entries(COLUMNS)) {
      if (await runner.hasColumn('workers', column)) continue;
      await runner.query(`ALTER TABLE workers ADD COLUMN ${column} ${definition}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of Object.keys(COLUMNS)) {
      if (await runner.hasColumn('workers', column)) await runner.query(`ALTER TABLE workers DROP COLUMN ${column}`);
    }
  }
}
