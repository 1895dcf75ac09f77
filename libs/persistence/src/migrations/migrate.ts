import { DataSource } from 'typeorm';
import { Database } from '../database/database.ts';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { createDataSource } from './data-source.ts';

const LOCK = 'holdfast_migrations';
const LOCK_WAIT_SECONDS = 300;

export interface MigrationStatus {
  readonly name: string;
  readonly applied: boolean;
}

/** Applies what is missing, once however many processes call it together. @returns the names applied, in order */
export async function migrateUp(databaseUrl: string): Promise<string[]> {
  return withDataSource(databaseUrl, (source) =>
    withLock(source, async () => {
      const applied = await source.runMigrations({ transaction: 'none' });
      return applied.map(({ name }) => name);
    }),
  );
}

/** Reverts the last migration, and with it what its tables held. @returns its name, undefined if there was none */
export async function migrateDown(databaseUrl: string): Promise<string | undefined> {
  return withDataSource(databaseUrl, (source) =>
    withLock(source, async () => {
      const known = new Set(source.migrations.map(({ name }) => name));
      const unknown = [...(await findApplied(source))].filter((name) => !known.has(name));
      if (unknown.length > 0) throw new Error(`A newer version must revert ${unknown.join(', ')} first.`);
      const last = (await statusOf(source)).findLast(({ applied }) => applied);
      if (last) await source.undoLastMigration({ transaction: 'none' });
      return last?.name;
    }),
  );
}

export async function migrationStatus(databaseUrl: string): Promise<MigrationStatus[]> {
  return withDataSource(databaseUrl, statusOf);
}

async function statusOf(source: DataSource): Promise<MigrationStatus[]> {
  const applied = await findApplied(source);
  return source.migrations.map(({ name = '' }) => ({ name, applied: applied.has(name) }));
}

async function findApplied(source: DataSource): Promise<Set<string>> {
  const runner = source.createQueryRunner();
  try {
    const exists = await runner.hasTable('migrations');
    const rows = exists ? ((await runner.query('SELECT name FROM migrations')) as { name: string }[]) : [];
    return new Set(rows.map(({ name }) => name));
  } finally {
    await runner.release();
  }
}

/** A server-wide lock is held by a connection, and so released when its process dies. */
async function withLock<T>(source: DataSource, work: () => Promise<T>): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    const [row] = (await runner.query('SELECT GET_LOCK(?, ?) AS got', [LOCK, LOCK_WAIT_SECONDS])) as { got: unknown }[];
    if (Number(row?.got) !== 1) throw new Error(`another migration did not end within ${LOCK_WAIT_SECONDS} s`);
    return await work();
  } finally {
    await runner.query('DO RELEASE_LOCK(?)', [LOCK]).catch(() => undefined);
    await runner.release();
  }
}

async function withDataSource<T>(databaseUrl: string, work: (source: DataSource) => Promise<T>): Promise<T> {
  const database = new Database({ ...DATABASE_DEFAULTS, url: databaseUrl, connections: 3 });
  const source = createDataSource(database);
  try {
    await source.initialize();
    return await work(source);
  } finally {
    await database.close();
  }
}
