import type { Database, Row } from './database.ts';

/** What a database server says of itself, in the words of both kinds. */
export interface ServerSettings {
  readonly kind: 'MySQL' | 'MariaDB';
  readonly version: string;
  readonly flushLogAtCommit: number;
  readonly logBin: boolean;
  readonly syncBinlog: number;
  readonly binlogFormat: string;
  readonly doublewrite: string;
  readonly readOnly: boolean;
  readonly maxAllowedPacket: number;
  readonly maxConnections: number;
  readonly galera: boolean;
  /** Of our own session, after its settings. */
  readonly sessionTimeZone: string;
  readonly sessionIsolation: string;
  /** NOW() against UTC_TIMESTAMP() in our session. */
  readonly offsetSeconds: number;
  /** How far MySQL's clock is ahead of this machine's; the time of the answer's way is allowed for. */
  readonly skewMs: number;
}

const NAMES = [
  'binlog_format',
  'innodb_doublewrite',
  'innodb_flush_log_at_trx_commit',
  'log_bin',
  'max_allowed_packet',
  'max_connections',
  'read_only',
  'sync_binlog',
  'time_zone',
  'transaction_isolation',
  'tx_isolation',
  'wsrep_on',
];

export async function readServer(database: Database): Promise<ServerSettings> {
  const variables = await readVariables(database);
  const asked = Date.now();
  const [row] = await database.rows<Row & { version: string; now: Date; offsetSeconds: number }>(
    'SELECT VERSION() AS version, UTC_TIMESTAMP(6) AS now, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) AS offsetSeconds',
  );
  const answered = Date.now();
  const version = row?.version ?? '';
  return {
    kind: version.includes('MariaDB') ? 'MariaDB' : 'MySQL',
    version,
    flushLogAtCommit: Number(variables('innodb_flush_log_at_trx_commit')),
    logBin: isOn(variables('log_bin')),
    syncBinlog: Number(variables('sync_binlog')),
    binlogFormat: variables('binlog_format'),
    doublewrite: variables('innodb_doublewrite'),
    readOnly: isOn(variables('read_only')),
    maxAllowedPacket: Number(variables('max_allowed_packet')),
    maxConnections: Number(variables('max_connections')),
    galera: isOn(variables('wsrep_on')),
    sessionTimeZone: variables('time_zone'),
    sessionIsolation: variables('transaction_isolation') || variables('tx_isolation'),
    offsetSeconds: row?.offsetSeconds ?? 0,
    skewMs: skewOf(row?.now.getTime() ?? asked, asked, answered),
  };
}

async function readVariables(database: Database): Promise<(name: string) => string> {
  const rows = await database.rows<Row & { Variable_name: string; Value: string }>(
    'SHOW SESSION VARIABLES WHERE Variable_name IN (?)',
    [NAMES],
  );
  const values = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  return (name) => values.get(name) ?? '';
}

function skewOf(now: number, asked: number, answered: number): number {
  if (now < asked) return now - asked;
  return Math.max(0, now - answered);
}

function isOn(value: string): boolean {
  return value === 'ON' || value === '1';
}
