import type { Database, Row } from '../database/database.ts';
import { MIGRATIONS } from './migrations.ts';

const HAS_TABLE = `
  SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'migrations'`;

/** A sentence if the schema is older than this program, else nothing. A newer schema is fine. */
export async function findMissingMigrations(database: Database): Promise<string[]> {
  const [table] = await database.rows<Row & { n: number }>(HAS_TABLE);
  const rows = table?.n ? await database.rows<Row & { name: string }>('SELECT name FROM migrations') : [];
  const applied = new Set(rows.map(({ name }) => name));
  const missing = MIGRATIONS.map(({ name }) => name).filter((name) => !applied.has(name));
  return missing.length === 0 ? [] : [`The schema lacks ${missing.join(', ')}. Run "npm run migrate" first.`];
}
