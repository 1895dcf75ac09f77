import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from '../chaos/system/servers.ts';
import { until } from '../e2e/harness/until.ts';
import { startDatabase, type Server } from '../tools/servers/index.ts';

/** Nodes share it, for users are replicated. */
const PASSWORD = 'failover-trial';
/** Without special rights, so that read_only applies. */
const PROGRAMS = 'programs';

const BINARY_LOG = ['--log-bin=binlog', '--binlog-format=ROW', '--sync-binlog=1', '--log-slave-updates=ON'];

/** A MariaDB server that writes a binary log and can be primary or replica. */
export async function startNode(directory: string, id: number, options: readonly string[] = []): Promise<Server> {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'password'), PASSWORD);
  return startDatabase({ directory, options: [`--server-id=${id}`, ...BINARY_LOG, ...options] });
}

export async function admitPrograms({ url }: Server): Promise<void> {
  await sql(url, `CREATE USER '${PROGRAMS}'@'127.0.0.1' IDENTIFIED BY '${PASSWORD}'`);
  await sql(url, `GRANT ALL ON holdfast.* TO '${PROGRAMS}'@'127.0.0.1'`);
}

export function programsUrl(port: number): string {
  return `mysql://${PROGRAMS}:${PASSWORD}@127.0.0.1:${port}/holdfast`;
}

/** @param port of the primary, or of what lies before it */
export async function follow(replica: Server, port: number): Promise<void> {
  await sql(replica.url, 'SET GLOBAL read_only = 1');
  const source = `MASTER_HOST='127.0.0.1', MASTER_PORT=${port}, MASTER_USER='holdfast', MASTER_PASSWORD='${PASSWORD}'`;
  await sql(replica.url, `CHANGE MASTER TO ${source}, MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1`);
  await sql(replica.url, 'START SLAVE');
  await until('the replica follows', async () => (await status(replica)).Slave_IO_Running === 'Yes', 30_000);
}

/** Everything that has arrived is applied, then it takes writes. */
export async function promote(replica: Server): Promise<void> {
  await sql(replica.url, 'STOP SLAVE IO_THREAD');
  await until('the replica has applied all', () => hasAppliedAll(replica), 30_000);
  await sql(replica.url, 'STOP SLAVE');
  await sql(replica.url, 'RESET SLAVE ALL');
  await sql(replica.url, 'SET GLOBAL read_only = 0');
}

interface SlaveStatus {
  readonly Slave_IO_Running: string;
  readonly Gtid_IO_Pos: string;
}

async function status(replica: Server): Promise<SlaveStatus> {
  const [row] = await sql<SlaveStatus>(replica.url, 'SHOW SLAVE STATUS');
  if (!row) throw new Error('it is no replica');
  return row;
}

async function hasAppliedAll(replica: Server): Promise<boolean> {
  const { Gtid_IO_Pos: arrived } = await status(replica);
  const [row] = await sql<{ late: number }>(replica.url, `SELECT MASTER_GTID_WAIT('${arrived}', 0.1) AS late`);
  return row?.late === 0;
}
