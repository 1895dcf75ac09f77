import { diskFull } from '../servers/startup-failure.ts';
import { codeOf, messageOf, Problem } from '../servers/problem.ts';

/** Needs the built persistence library. Answers the names of the migrations that were applied. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const { migrateUp } = await loadSchema();
  try {
    return await migrateUp(databaseUrl);
  } catch (error) {
    if (/ENOSPC|errno: 28\b|disk full|is full/i.test(messageOf(error)) || codeOf(error) === 'ER_DISK_FULL') {
      throw diskFull("the database server's data");
    }
    throw new Problem(`The database schema could not be brought up to date: ${messageOf(error)}`);
  }
}

/** Imported late, as what comes next: it exists only after the build. */
export function loadSchema() {
  return import('@holdfast/persistence/schema');
}

export function loadPersistence() {
  return import('@holdfast/persistence');
}
