import { Database, DATABASE_DEFAULTS, type Row } from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { insertJobs } from './jobs.ts';
import { SURROUNDINGS } from './surroundings.ts';

const CHUNK = 50_000;
const STATEMENT_MS = 1_200_000;
const ANALYZED = ['jobs', 'job_tags', 'job_failures', 'tally_totals', 'tally_dues', 'occurrences', 'workflow_jobs'];

/**
 * Fills a database with so many jobs and all that lies around them. Started again, it goes on where it was stopped, and
 * what is full stays as it is.
 */
export async function fill(url: string, rows: number, tell: (line: string) => void): Promise<void> {
  await migrateUp(url);
  const database = new Database({ ...DATABASE_DEFAULTS, url, statementTimeoutMs: STATEMENT_MS });
  try {
    if ((await jobsSoFar(database)) < rows) await makeNumbers(database);
    else if (!(await hasNumbers(database))) return;
    await database.change('CREATE TABLE IF NOT EXISTS steps_filled (step VARCHAR(64) NOT NULL PRIMARY KEY)');
    await fillJobs(database, rows, tell);
    for (const [name, statements] of Object.entries(SURROUNDINGS)) {
      tell(name);
      for (const [n, statement] of statements.entries()) await once(database, `${name} ${n}`, statement);
    }
    for (const table of ANALYZED) await database.rows(`ANALYZE TABLE ${table}`);
    await database.change('DROP TABLE numbers, steps_filled');
  } finally {
    await database.close();
  }
}

async function fillJobs(database: Database, rows: number, tell: (line: string) => void): Promise<void> {
  for (let first = await jobsSoFar(database); first < rows; first += CHUNK) {
    await database.change(insertJobs(rows), [first, CHUNK, rows - first]);
    if (first % (10 * CHUNK) === 0) tell(`${first + CHUNK} of ${rows} jobs`);
  }
}

async function once(database: Database, step: string, statement: string): Promise<void> {
  const done = await database.rows('SELECT step FROM steps_filled WHERE step = ?', [step]);
  if (done.length > 0) return;
  await database.change(statement);
  await database.change('INSERT INTO steps_filled VALUES (?)', [step]);
}

/** The newest knows its number. */
async function jobsSoFar(database: Database): Promise<number> {
  const [newest] = await database.rows<Row & { payload: string }>('SELECT payload FROM jobs ORDER BY id DESC LIMIT 1');
  return newest ? (JSON.parse(newest.payload) as { number: number }).number + 1 : 0;
}

async function hasNumbers(database: Database): Promise<boolean> {
  return (await database.rows("SHOW TABLES LIKE 'numbers'")).length > 0;
}

async function makeNumbers(database: Database): Promise<void> {
  await database.change('DROP TABLE IF EXISTS numbers');
  await database.change('CREATE TABLE numbers (n INT UNSIGNED NOT NULL PRIMARY KEY) ENGINE=InnoDB');
  await database.change('INSERT INTO numbers VALUES (0)');
  for (let size = 1; size < CHUNK; size *= 2)
    await database.change('INSERT INTO numbers SELECT n + ? FROM numbers', [size]);
}
