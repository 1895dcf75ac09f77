import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the jobs of a tenant must not do twice. A key is compared as a digest, by byte, in no collation at all. */
export class CreateEffects1763820000000 implements MigrationInterface {
  readonly name = 'CreateEffects1763820000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS effects (
        id BINARY(32) NOT NULL COMMENT 'SHA-256 of the tenant and the key',
        tenant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'for people to read, as is the key',
        name VARCHAR(255) NOT NULL COMMENT 'the key',
        job_id BINARY(16) NOT NULL COMMENT 'the attempt that does it, or did it: this job under this fence',
        fence INT UNSIGNED NOT NULL,
        changed_at DATETIME(6) NOT NULL COMMENT 'claimed, or recorded',
        is_recorded BOOLEAN NOT NULL DEFAULT FALSE,
        result MEDIUMTEXT NULL COMMENT 'JSON text',
        PRIMARY KEY (id),
        KEY by_age (changed_at)
      ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='what must not happen twice, and who does it'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS effects');
  }
}
