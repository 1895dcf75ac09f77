import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The list of a tenant's jobs in a state that few jobs are in. It knows nothing of pending, running and succeeded jobs:
 * an index that those moved in would make every job a fifth dearer (bench/README.md, diary).
 */
export class ListUnusualStates1763810000001 implements MigrationInterface {
  readonly name = 'ListUnusualStates1763810000001';

  async up(runner: QueryRunner): Promise<void> {
    if (await hasIndex(runner)) return;
    await runner.query(`
      ALTER TABLE jobs
        ADD COLUMN unusual_state ENUM('blocked', 'dead', 'cancelled', 'expired') CHARACTER SET ascii COLLATE ascii_bin
          AS (CASE WHEN state IN ('blocked', 'dead', 'cancelled', 'expired') THEN state END) STORED,
        ADD KEY by_unusual_state (tenant, unusual_state, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await hasIndex(runner))
      await runner.query('ALTER TABLE jobs DROP KEY by_unusual_state, DROP COLUMN unusual_state');
  }
}

async function hasIndex(runner: QueryRunner): Promise<boolean> {
  const rows = (await runner.query("SHOW INDEX FROM jobs WHERE Key_name = 'by_unusual_state'")) as unknown[];
  return rows.length > 0;
}
