import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { JOB_STATES } from '@holdfast/domain';
import { createScratchDatabase, type ScratchDatabase } from '../../../../tools/testing/scratch-database.ts';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { Database, type Row } from '../database/database.ts';
import { migrateDown, migrateUp, migrationStatus } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';

/** MySQL syncs every step of a migration to its binary log. */
jest.setTimeout(60_000);

const VIOLATED_CHECK = [3819 /* MySQL */, 4025 /* MariaDB */];
const NAMES = MIGRATIONS.map(({ name }) => name);

describe('the schema', () => {
  let scratch: ScratchDatabase;
  let database: Database;

  beforeAll(async () => {
    scratch = await createScratchDatabase();
    database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url });
  });

  afterAll(async () => {
    await database.close();
    await scratch.drop();
  });

  async function tables(): Promise<string[]> {
    const rows = await database.rows<Row & { name: string }>(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name',
    );
    return rows.map(({ name }) => name).filter((name) => name !== 'migrations');
  }

  it('is applied once, however many processes start together', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrateUp(scratch.url)));
    expect(applied.flat()).toEqual(NAMES);
    expect(await migrationStatus(scratch.url)).toEqual(NAMES.map((name) => ({ name, applied: true })));
  });

  it('can be taken back and applied again', async () => {
    const before = await tables();
    for (const name of [...NAMES].reverse()) expect(await migrateDown(scratch.url)).toBe(name);
    expect(await tables()).toEqual([]);
    expect(await migrateDown(scratch.url)).toBeUndefined();
    await migrateUp(scratch.url);
    expect(await tables()).toEqual(before);
  });

  it('of a newer version is left as it is by the migrations of this one', async () => {
    await database.change("INSERT INTO migrations (timestamp, name) VALUES (4102444800000, 'Tomorrow4102444800000')");
    const before = await tables();
    expect(await migrateUp(scratch.url)).toEqual([]);
    await expect(migrateDown(scratch.url)).rejects.toThrow('A newer version must revert Tomorrow');
    expect(await tables()).toEqual(before);
    expect(await migrationStatus(scratch.url)).toEqual(NAMES.map((name) => ({ name, applied: true })));
    await database.change("DELETE FROM migrations WHERE name = 'Tomorrow4102444800000'");
  });

  it('knows exactly the states of the domain', async () => {
    const [column] = await database.rows<Row & { type: string }>(
      "SELECT column_type AS type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'jobs' AND column_name = 'state'",
    );
    expect([...(column?.type.matchAll(/'(\w+)'/g) ?? [])].map(([, state]) => state)).toEqual([...JOB_STATES]);
  });

  it('lets plain SQL submit a job by naming its id and type alone', async () => {
    await database.change("INSERT INTO jobs (id, type) VALUES (UNHEX(REPLACE(UUID(), '-', '')), 'echo')");
    const [job] = await database.rows<Row & { state: string; queue: string; payload: string; due: number }>(
      'SELECT state, queue, payload, run_at <= UTC_TIMESTAMP(6) AS due FROM jobs',
    );
    expect(job).toMatchObject({ state: 'pending', queue: 'default', payload: '{}', due: 1 });
  });

  it.each([
    ['running without a worker', "state = 'running', started_at = UTC_TIMESTAMP(6), attempt = 1, fence = 1"],
    ['a worker without running', 'worker_id = id'],
    ['running without a start', "state = 'running', worker_id = id, attempt = 1, fence = 1"],
    ['running without a fence', "state = 'running', worker_id = id, attempt = 1, started_at = UTC_TIMESTAMP(6)"],
    ['finished without a time', "state = 'succeeded'"],
    ['a time without being finished', 'finished_at = UTC_TIMESTAMP(6)'],
    ['a result without success', "state = 'dead', finished_at = UTC_TIMESTAMP(6), result = '1'"],
    ['more attempts than allowed', 'attempt = max_attempts + 1'],
    ['a priority above 1000', 'priority = 1001'],
    ['no attempt at all', 'max_attempts = 0'],
    ['jitter above 1', 'backoff_jitter = 1.1'],
  ])('refuses %s', async (_, assignments) => {
    const refusal: unknown = await database.change(`UPDATE jobs SET ${assignments}`).catch((error: unknown) => error);
    expect(VIOLATED_CHECK).toContain((refusal as { errno?: number }).errno);
  });
});
