import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The list of a tenant's jobs in a state, however few of its jobs those are. Every transition moves a job in it, always near
 * the end of its state, since ids grow with time: measured, that costs a transition nothing that could be told from
 * noise. Both engines build it while jobs come and go.
 */
export class ListByState1763810000001 implements MigrationInterface {
  readonly name = 'ListByState1763810000001';

  async up(runner: QueryRunner): Promise<void> {
    if (await hasIndex(runner)) return;
    await runner.query('ALTER TABLE jobs ADD KEY by_tenant_state (tenant, state, id), LOCK=NONE');
  }

  async down(runner: QueryRunner): Promise<void> {
    if (await hasIndex(runner)) await runner.query('ALTER TABLE jobs DROP KEY by_tenant_state, LOCK=NONE');
  }
}

async function hasIndex(runner: QueryRunner): Promise<boolean> {
  const rows = (await runner.query("SHOW INDEX FROM jobs WHERE Key_name = 'by_tenant_state'")) as unknown[];
  return rows.length > 0;
}
