/** Brings the schema of DATABASE_URL up to date; the job that runs before the programs. */
import { readFileSync } from 'node:fs';
import { migrateUp } from '@holdfast/persistence/schema';

const { DATABASE_URL, DATABASE_URL_FILE } = process.env;
const url = DATABASE_URL_FILE ? readFileSync(DATABASE_URL_FILE, 'utf8').trim() : DATABASE_URL;

if (!url) {
  console.error('DATABASE_URL is not set.');
  process.exitCode = 1;
} else {
  const applied = await migrateUp(url);
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
}
