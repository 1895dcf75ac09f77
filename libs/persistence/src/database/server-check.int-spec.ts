import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testServerUrl } from '../../../../tools/testing/scratch-database.ts';
import { DATABASE_DEFAULTS } from './database-options.ts';
import { Database, type Row } from './database.ts';
import { checkServer } from './server-check.ts';

describe('the check of the server', () => {
  let database: Database;

  beforeEach(() => {
    database = new Database({ ...DATABASE_DEFAULTS, url: testServerUrl('TEST_DATABASE_URL'), connections: 1 });
  });

  afterEach(() => database.close());

  it('has nothing to say of a server that keeps what it commits', async () => {
    expect(await checkServer(database)).toEqual({ faults: [], warnings: [] });
  });

  it('says plainly what may be lost when the log is not flushed at every commit', async () => {
    const { warnings } = await checkServer(await pretending({ innodb_flush_log_at_trx_commit: '2' }));
    expect(warnings).toEqual([expect.stringContaining('innodb_flush_log_at_trx_commit is 2')]);
  });

  it.each([
    ['sync_binlog is 0', { log_bin: 'ON', sync_binlog: '0' }],
    ['max_allowed_packet is 1048576', { max_allowed_packet: '1048576' }],
    ['innodb_doublewrite is off', { innodb_doublewrite: 'OFF' }],
    ['read-only', { read_only: 'ON' }],
    ['Galera', { wsrep_on: 'ON' }],
  ])('warns: %s', async (words, settings) => {
    const { faults, warnings } = await checkServer(await pretending(settings));
    expect({ faults, warnings }).toEqual({ faults: [], warnings: [expect.stringContaining(words)] });
  });

  it.each([
    ['READ COMMITTED', { transaction_isolation: 'REPEATABLE-READ', tx_isolation: 'REPEATABLE-READ' }],
    ['binlog_format is STATEMENT', { log_bin: 'ON', sync_binlog: '1', binlog_format: 'STATEMENT' }],
    ['time zone', { time_zone: 'SYSTEM' }],
  ])('refuses: %s', async (words, settings) => {
    const { faults } = await checkServer(await pretending(settings));
    expect(faults).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    ['MySQL 5.7.44', '5.7.44'],
    ['MariaDB 10.5.9-MariaDB', '10.5.9-MariaDB'],
  ])('refuses %s as too old', async (words, version) => {
    const { faults } = await checkServer(await pretending({}, { version }));
    expect(faults).toEqual([expect.stringContaining(words)]);
  });

  it('warns of clocks that differ by more than a second', async () => {
    const { warnings } = await checkServer(await pretending({}, { now: new Date(Date.now() + 65_000) }));
    expect(warnings).toEqual([expect.stringContaining('ahead of this machine')]);
  });

  /** What the real server says, with some of it changed: nobody may reconfigure a server that other tests use. */
  function pretending(settings: Record<string, string>, row: object = {}): Promise<Database> {
    const changed = {
      rows: async (statement: string, values: readonly unknown[]) => {
        const rows = await database.rows<Row & { Variable_name?: string; Value?: string }>(statement, values);
        const others = rows.filter(({ Variable_name: name }) => name === undefined || !(name in settings));
        if (!statement.startsWith('SHOW')) return others.map((each) => ({ ...each, ...row }));
        return [...others, ...Object.entries(settings).map(([name, value]) => ({ Variable_name: name, Value: value }))];
      },
    };
    return Promise.resolve(changed as unknown as Database);
  }
});
