import type { Database, Row } from './database.ts';

const MINIMUM = { MySQL: [8, 0], MariaDB: [10, 6] } as const;

/** One sentence for each thing that makes this server unfit; empty if it is fit. */
export async function findServerFaults(database: Database): Promise<string[]> {
  const [row] = await database.rows<Row & { version: string }>('SELECT VERSION() AS version');
  const version = row?.version ?? '';
  const kind = version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = MINIMUM[kind];
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return [];
  return [`The database is ${kind} ${version}; Holdfast needs ${kind} ${wantedMajor}.${wantedMinor} or later.`];
}
