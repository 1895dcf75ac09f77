import type { Database } from '@holdfast/persistence';
import { Problem } from '../servers/problem.ts';
import { IndexReader } from './index-reader.ts';
import { build } from '../setup/build.ts';
import { runningStart } from '../setup/clone-lock.ts';
import { type Environment, readEnvironment, secretFrom } from '../setup/environment.ts';
import { checkDatabase } from '../setup/given-database.ts';
import type { Lifetime } from '../setup/lifetime.ts';
import { loadPersistence } from '../setup/migrations.ts';

/** The running system that is looked at. */
export interface Installation {
  readonly database: Database;
  /** undefined: no Redis is configured. */
  readonly index: IndexReader | undefined;
  readonly maxCrashes: number;
  /** Open for longer, a transaction is told. */
  readonly longTransactionSeconds: number;
}

const LONG_TRANSACTION_SECONDS = 60;

/** That of the environment, or of the `npm start` that runs in this clone. */
export async function openInstallation(lifetime: Lifetime): Promise<Installation> {
  const environment = readEnvironment();
  const running = runningStart();
  const url = secretFrom(environment, 'DATABASE_URL') ?? running?.databaseUrl;
  if (url === undefined)
    throw new Problem('Nothing to look at: set DATABASE_URL and REDIS_URL, or run "npm start" in this clone.');
  await checkDatabase('DATABASE_URL', url);
  await build(lifetime, ['@holdfast/persistence', '@holdfast/queue']);
  const { Database, DATABASE_DEFAULTS } = await loadPersistence();
  const database = new Database({ ...DATABASE_DEFAULTS, url, connections: 4, statementTimeoutMs: 60_000 });
  lifetime.onEnd(() => database.close());
  const index = await openIndex(environment, database, running?.redisUrl);
  lifetime.onEnd(() => index?.close());
  return {
    database,
    index,
    maxCrashes: maxCrashesOf(environment),
    longTransactionSeconds: LONG_TRANSACTION_SECONDS,
  };
}

async function openIndex(
  environment: Environment,
  database: Database,
  ofRunningStart: string | undefined,
): Promise<IndexReader | undefined> {
  const url = secretFrom(environment, 'REDIS_URL') ?? ofRunningStart;
  if (url === undefined) return undefined;
  const { StoreClock } = await loadPersistence();
  const clock = new StoreClock(database);
  await clock.sample();
  return IndexReader.open(url, environment['REDIS_PREFIX'] ?? 'holdfast', clock);
}

function maxCrashesOf(environment: Environment): number {
  const given = Number(environment['MAX_CRASHES'] ?? 3);
  if (!Number.isInteger(given) || given < 1) throw new Problem('MAX_CRASHES must be a whole number from 1.');
  return given;
}
