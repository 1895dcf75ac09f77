import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Cluster } from './harness/cluster.ts';
import type { ProgramName } from './harness/program.ts';
import { until } from './harness/until.ts';

const PROGRAMS: readonly ProgramName[] = ['api', 'scheduler', 'worker'];
const BATCH = [
  ...Array.from({ length: 10 }, () => ({ type: 'echo', tags: ['a'] })),
  { type: 'flaky', payload: { failures: 1 }, backoff: { strategy: 'fixed', delay: '100ms' } },
  { type: 'fail', payload: { retry: false } },
  { type: 'echo', delay: '500ms' },
];
const TOMORROW = 'Tomorrow4102444800000';

/** What the next version may do to tables that this one uses, see docs/upgrading.md. */
const NEXT_MIGRATION = [
  "ALTER TABLE jobs ADD COLUMN region VARCHAR(16) NULL, ADD COLUMN weight INT NOT NULL DEFAULT 1, ADD COLUMN note VARCHAR(64) NOT NULL DEFAULT ''",
  'ALTER TABLE jobs ADD KEY by_region (region, id)',
  'ALTER TABLE job_failures ADD COLUMN host VARCHAR(64) NULL',
  'ALTER TABLE workers ADD COLUMN region VARCHAR(16) NULL',
  "ALTER TABLE jobs MODIFY backoff_strategy ENUM('exponential', 'linear', 'fixed', 'none') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'exponential'",
  'CREATE TABLE regions (name VARCHAR(16) NOT NULL PRIMARY KEY)',
  `INSERT INTO migrations (timestamp, name) VALUES (4102444800000, '${TOMORROW}')`,
];

describe('programs of this version', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  });

  afterAll(() => cluster.stop());

  it('go on while the next version migrates under load, and start and work after it', async () => {
    const migration = new AbortController();
    const load = (async () => {
      for (let round = 0; !migration.signal.aborted || round < 5; round++) {
        await cluster.client.submitBatch(BATCH);
        await pause(100);
      }
    })();
    for (const statement of NEXT_MIGRATION) await cluster.database.change(statement);
    const before = PROGRAMS.slice(1).flatMap((name) => cluster.running(name));
    const started = await Promise.all(PROGRAMS.map((name) => cluster.add(name)));
    for (const { logFile } of started.flat()) {
      const said = readFileSync(logFile, 'utf8');
      expect(said.match(/WARN.*The schema has Tomorrow\w+, which this version does not know/g)).toHaveLength(1);
    }
    await Promise.all(before.map((program) => program.stop()));
    migration.abort();
    await load;
    const unfinished = "SELECT id FROM jobs WHERE state IN ('pending', 'running') LIMIT 1";
    await until('all are finished', async () => (await cluster.database.rows(unfinished)).length === 0, 60_000);
    const ended = await cluster.database.rows<Row>(
      'SELECT type, state, MAX(crashes) AS crashes, MAX(fence) AS claims FROM jobs GROUP BY type, state ORDER BY type',
    );
    expect(ended).toEqual([
      { type: 'echo', state: 'succeeded', crashes: 0, claims: 1 },
      { type: 'fail', state: 'dead', crashes: 0, claims: 1 },
      { type: 'flaky', state: 'succeeded', crashes: 0, claims: 2 },
    ]);
  });

  it('do not start on an older schema: they say what to run, and end with 1', async () => {
    const [last] = await cluster.database.rows<Row & { timestamp: string; name: string }>(
      `SELECT timestamp, name FROM migrations WHERE name <> '${TOMORROW}' ORDER BY timestamp DESC LIMIT 1`,
    );
    await cluster.database.change('DELETE FROM migrations WHERE name = ?', [last?.name]);
    for (const program of await Promise.all(PROGRAMS.map((name) => cluster.launch(name)))) {
      expect(await program.exited).toEqual({ code: 1, signal: null });
      const said = readFileSync(program.logFile, 'utf8').split('\n');
      expect(said).toContain(`${program.name}: The schema lacks ${last?.name}. Run "npm run migrate" first.`);
    }
  });
});
