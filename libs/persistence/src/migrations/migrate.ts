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
  const runner = source.createQueryRunner();
  try {
    const known = await runner.hasTable('migrations');
    const rows = known ? ((await runner.query('SELECT name FROM migrations')) as { name: string }[]) : [];
    const applied = new Set(rows.map(({ name }) => name));
    return source.migrations.map(({ name = '' }) => ({ name, applied: applied.has(name) }));
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
