import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { createScratchDatabase, type ScratchDatabase } from '../../../../tools/testing/scratch-database.ts';
import { DATABASE_DEFAULTS } from '../database/database-options.ts';
import { Database, type Row } from '../database/database.ts';
import { createDataSource } from './data-source.ts';
import { MIGRATIONS } from './migrations.ts';

/** MySQL syncs every step of a migration to its binary log. */
jest.setTimeout(60_000);

/** A column, or an index, which statements name to be sure of their plan. */
interface Part extends Row {
  readonly place: string;
  readonly type: string;
  /** Whether an INSERT that does not know it goes through. */
  readonly mayBeLeftOut: 0 | 1;
}

/** Before the first release everything was allowed. */
const BEFORE_THE_RULE = 1763810000000;

describe('a program of the version before', () => {
  let scratch: ScratchDatabase;
  let database: Database;
  let runner: QueryRunner;

  beforeAll(async () => {
    scratch = await createScratchDatabase();
    database = new Database({ ...DATABASE_DEFAULTS, url: scratch.url });
    const source = await createDataSource(database).initialize();
    runner = source.createQueryRunner();
  });

  afterAll(async () => {
    await runner.release();
    await database.close();
    await scratch.drop();
  });

  async function parts(): Promise<Map<string, Part>> {
    const rows = await database.rows<Part>(
      `SELECT CONCAT(table_name, '.', column_name) AS place, column_type AS type,
         is_nullable = 'YES' OR column_default IS NOT NULL OR extra <> '' AS mayBeLeftOut
       FROM information_schema.columns WHERE table_schema = DATABASE()
       UNION SELECT CONCAT(table_name, '.', index_name, ' (index)'), '', 1
       FROM information_schema.statistics WHERE table_schema = DATABASE()`,
    );
    return new Map(rows.map((row) => [row.place, row]));
  }

  /** What a step does that such a program would notice. */
  async function breaks(migrate: () => Promise<void>): Promise<string[]> {
    const before = await parts();
    await migrate();
    const after = await parts();
    const tables = new Set([...before.keys()].map(tableOf));
    return [
      ...[...before.values()]
        .filter(({ place, type }) => !isStill(type, after.get(place)?.type))
        .map(({ place }) => `${place} is gone or another`),
      ...[...after.values()]
        .filter(({ place, mayBeLeftOut }) => !before.has(place) && tables.has(tableOf(place)) && mayBeLeftOut === 0)
        .map(({ place }) => `${place} must be given`),
    ];
  }

  it('notices no migration since the rule: each only adds what may be left out', async () => {
    for (const Migration of MIGRATIONS) {
      const migration = new Migration();
      const broken = await breaks(() => migration.up(runner));
      if (timeOf(migration.name) < BEFORE_THE_RULE) continue;
      expect({ migration: migration.name, broken }).toEqual({ migration: migration.name, broken: [] });
    }
  });

  it.each([
    ['drops a column', 'ALTER TABLE jobs DROP COLUMN progress', ['jobs.progress is gone or another']],
    ['drops a table', 'DROP TABLE passes', expect.arrayContaining(['passes.name is gone or another'])],
    ['renames a column', 'ALTER TABLE steps RENAME COLUMN result TO outcome', ['steps.result is gone or another']],
    [
      'adds a column that must be given',
      'ALTER TABLE steps ADD COLUMN more INT NOT NULL',
      ['steps.more must be given'],
    ],
    ['drops an index', 'ALTER TABLE jobs DROP KEY by_state', ['jobs.by_state (index) is gone or another']],
    [
      'takes a value away',
      "ALTER TABLE job_failures MODIFY kind ENUM('failed') NOT NULL",
      ['job_failures.kind is gone or another'],
    ],
    [
      'narrows a column',
      'ALTER TABLE steps MODIFY fence TINYINT UNSIGNED NOT NULL',
      ['steps.fence is gone or another'],
    ],
  ])('would notice one that %s', async (_, statement, expected) => {
    expect(await breaks(() => runner.query(statement) as Promise<void>)).toEqual(expected);
  });

  it('would not notice one that adds a table, an index, a value, and columns that may be left out', async () => {
    const additions = [
      'ALTER TABLE workers ADD COLUMN zone VARCHAR(16) NULL, ADD COLUMN weight INT NOT NULL DEFAULT 1',
      'ALTER TABLE workers ADD KEY by_zone (zone)',
      "ALTER TABLE jobs MODIFY backoff_strategy ENUM('exponential', 'linear', 'fixed', 'none') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'exponential'",
      'CREATE TABLE zones (name VARCHAR(16) NOT NULL PRIMARY KEY)',
    ];
    for (const addition of additions) expect(await breaks(() => runner.query(addition) as Promise<void>)).toEqual([]);
  });
});

/** A list of values may grow at its end. */
function isStill(before: string, after: string | undefined): boolean {
  return after === before || (before.startsWith('enum(') && (after?.startsWith(before.slice(0, -1)) ?? false));
}

function tableOf(place: string): string {
  return place.slice(0, place.indexOf('.'));
}

function timeOf(name: string): number {
  return Number(name.slice(-13));
}
