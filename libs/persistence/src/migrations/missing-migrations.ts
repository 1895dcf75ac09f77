import type { Database, Row } from '../database/database.ts';
import { MIGRATIONS } from './migrations.ts';

const HAS_TABLE = `
  SELECT COUNT(*) AS n FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'migrations'`;

/** Names in the schema that this version does not know: a newer one was here. */
export async function findUnknownMigrations(database: Database): Promise<string[]> {
  const known = new Set(MIGRATIONS.map(({ name }) => name));
  return (await findApplied(database)).filter((name) => !known.has(name));
}

/** A sentence if the schema is older than this program, else nothing. A newer schema is fine. */
export async function findMissingMigrations(database: Database): Promise<string[]> {
  const applied = new Set(await findApplied(database));
  const missing = MIGRATIONS.map(({ name }) => name).filter((name) => !applied.has(name));
  return missing.length === 0 ? [] : [`The schema lacks ${missing.join(', ')}. Run "npm run migrate" first.`];
}

async function findApplied(database: Database): Promise<string[]> {
  const [table] = await database.rows<Row & { n: number }>(HAS_TABLE);
  if (!table?.n) return [];
  const rows = await database.rows<Row & { name: string }>('SELECT name FROM migrations');
  return rows.map(({ name }) => name);
}
