import { sql } from '../system/servers.ts';

/** A job that somebody's own transaction submits, and that nobody tells the index of. */
export async function insertBySql(databaseUrl: string, id: string): Promise<void> {
  const bytes = `UNHEX('${id.replaceAll('-', '')}')`;
  await sql(databaseUrl, `INSERT INTO jobs (id, type, payload) VALUES (${bytes}, 'chaos.effect', '{"takes": 50}')`);
}
