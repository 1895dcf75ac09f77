import { withAdmin } from './database.ts';
import type { Fault, Field } from '../fault.ts';

/** What the next version may do to a table that this one uses, and what its removal would; see docs/upgrading.md. */
const CHANGES = [
  "ALTER TABLE jobs ADD COLUMN region VARCHAR(16) NULL, ADD COLUMN weight INT NOT NULL DEFAULT 1, ADD COLUMN note VARCHAR(64) NOT NULL DEFAULT ''",
  'ALTER TABLE jobs ADD KEY by_region (region, id)',
  'ALTER TABLE workers ADD COLUMN region VARCHAR(16) NULL',
  'ALTER TABLE workers DROP COLUMN region',
  'ALTER TABLE jobs DROP KEY by_region',
  'ALTER TABLE jobs DROP COLUMN region, DROP COLUMN weight, DROP COLUMN note',
  'ALTER TABLE jobs FORCE, ALGORITHM=INPLACE, LOCK=NONE', // a dropped column keeps its place in the rows until then
];

/** The schema changes under programs that know nothing of it. */
export const MIGRATION_FAULTS: readonly Fault[] = [{ name: 'schema-migrated', kind: 'server', inflict: migrate }];

async function migrate(field: Field): Promise<string | undefined> {
  field.begin('*');
  return withAdmin(field.system, async (admin) => {
    await admin.query('SET SESSION lock_wait_timeout = 30');
    const before = await columns(field);
    let most = before;
    for (const change of CHANGES) {
      await admin.query(change);
      await field.last(0.2);
      most = Math.max(most, await columns(field));
    }
    return most > before ? `jobs had ${most} columns instead of ${before}` : undefined;
  });
}

async function columns({ system }: Field): Promise<number> {
  return withAdmin(system, async (admin) => {
    const [rows] = await admin.query('SHOW COLUMNS FROM jobs');
    return (rows as unknown[]).length;
  });
}
