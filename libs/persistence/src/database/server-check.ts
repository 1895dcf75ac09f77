import { readServer, type ServerSettings } from './server-settings.ts';
import type { Database } from './database.ts';

export interface ServerReport {
  /** Why no promise could be kept on this server: programs refuse to start. */
  readonly faults: readonly string[];
  /** What an operator should know and may have decided: told at every start, and by the doctor. */
  readonly warnings: readonly string[];
}

type Check = (server: ServerSettings) => string | undefined;

const MINIMUM = { MySQL: [8, 0], MariaDB: [10, 6] } as const;
/** Our largest statement is about 4 MiB, and escaping may double it. */
const LARGEST_PACKET = 16 * 1024 * 1024;
const SKEW_MS = 1_000;

/** Without these the promises would be broken by us. */
const FAULTS: readonly Check[] = [
  ({ kind, version }) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [wantedMajor, wantedMinor] = MINIMUM[kind];
    const isOld = major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
    return isOld
      ? `The database is ${kind} ${version}; Holdfast needs ${kind} ${wantedMajor}.${wantedMinor} or later.`
      : undefined;
  },
  ({ sessionTimeZone, offsetSeconds }) =>
    sessionTimeZone !== '+00:00' || offsetSeconds !== 0
      ? `The database does not keep the time zone that this session asked for (it says ${sessionTimeZone}).`
      : undefined,
  ({ sessionIsolation }) =>
    sessionIsolation !== 'READ-COMMITTED'
      ? `The database does not grant READ COMMITTED to this session (it says ${sessionIsolation}).`
      : undefined,
  ({ logBin, binlogFormat }) =>
    logBin && binlogFormat === 'STATEMENT'
      ? 'binlog_format is STATEMENT, which does not allow READ COMMITTED: set it to ROW or MIXED.'
      : undefined,
];

const WARNINGS: readonly Check[] = [
  ({ readOnly }) =>
    readOnly ? 'The database is read-only: DATABASE_URL names a replica, or read_only was left on.' : undefined,
  ({ flushLogAtCommit }) =>
    flushLogAtCommit !== 1
      ? `innodb_flush_log_at_trx_commit is ${flushLogAtCommit}: accepted jobs of up to a second are lost when the database's machine fails; set it to 1.`
      : undefined,
  ({ logBin, syncBinlog }) =>
    logBin && syncBinlog !== 1
      ? `sync_binlog is ${syncBinlog} with the binary log on: accepted jobs may be lost when the database's machine fails; set it to 1.`
      : undefined,
  ({ doublewrite }) =>
    doublewrite === 'OFF' || doublewrite === '0'
      ? 'innodb_doublewrite is off: a torn page may cost accepted jobs, unless the storage writes pages whole.'
      : undefined,
  ({ maxAllowedPacket }) =>
    maxAllowedPacket < LARGEST_PACKET
      ? `max_allowed_packet is ${maxAllowedPacket} bytes: large batches are refused; set it to ${LARGEST_PACKET} or more.`
      : undefined,
  ({ skewMs }) =>
    Math.abs(skewMs) > SKEW_MS
      ? `The clocks differ: MySQL is ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} this machine. MySQL's decides; run NTP on both.`
      : undefined,
  ({ galera }) =>
    galera
      ? 'This is a Galera cluster, which may lose commits and show old rows: let every program write to the same one node.'
      : undefined,
];

/** One sentence for each thing that is wrong with this server. */
export async function checkServer(database: Database): Promise<ServerReport> {
  const server = await readServer(database);
  const judge = (checks: readonly Check[]): string[] => checks.flatMap((check) => check(server) ?? []);
  return { faults: judge(FAULTS), warnings: judge(WARNINGS) };
}
