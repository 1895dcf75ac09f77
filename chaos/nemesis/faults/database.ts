import mysql, { type Connection } from 'mysql2/promise';
import { sql } from '../../system/servers.ts';
import type { System } from '../../system/system.ts';
import { needsOwnDatabase, type Fault, type Field } from '../fault.ts';
import { processState } from '../process-state.ts';

/** Everything that the database server itself may do. */
export const DATABASE_FAULTS: readonly Fault[] = [
  { name: 'database-killed', kind: 'server', impossible: needsOwnDatabase, inflict: kill },
  { name: 'database-frozen', kind: 'server', impossible: needsOwnDatabase, inflict: freeze },
  { name: 'database-kills-connections', kind: 'server', inflict: killConnections },
  { name: 'database-read-only', kind: 'server', impossible: needsOwnDatabase, inflict: readOnly },
  { name: 'database-out-of-connections', kind: 'server', impossible: needsOwnDatabase, inflict: exhaustConnections },
  { name: 'database-locks-held', kind: 'server', inflict: holdLocks },
];

async function kill(field: Field): Promise<string | undefined> {
  const server = field.system.ground.database.own;
  if (!server) return undefined;
  field.begin('*');
  const before = server.pid;
  await server.kill('SIGKILL');
  await field.last(field.random.pick([0.1, 0.8, 1.5]) ?? 1);
  await server.restart();
  return `${before} became ${server.pid}`;
}

async function freeze(field: Field): Promise<string | undefined> {
  const server = field.system.ground.database.own;
  if (!server) return undefined;
  field.begin('*');
  await server.kill('SIGSTOP');
  await field.last(field.random.pick([0.5, 1.5]) ?? 1);
  const state = processState(server.pid);
  await server.kill('SIGCONT');
  return state === 'T' ? `${server.pid} was stopped` : undefined;
}

async function killConnections(field: Field): Promise<string | undefined> {
  field.begin('*');
  let killed = 0;
  await withAdmin(field.system, async (admin) => {
    for (let round = 0; round < 8; round++) {
      for (const id of await connectionsOfPrograms(admin, field.system)) {
        if (!field.random.chance(0.5)) continue;
        // It may have ended by itself in between.
        killed += await admin.query(`KILL ${id}`).then(
          () => 1,
          () => 0,
        );
      }
      await field.last(0.1);
    }
  });
  return killed > 0 ? `${killed} connections killed` : undefined;
}

async function readOnly(field: Field): Promise<string | undefined> {
  const { programsUrl } = field.system.ground.database;
  return withAdmin(field.system, async (admin) => {
    field.begin('*');
    await admin.query('SET GLOBAL read_only = 1');
    await field.last(field.random.pick([0.3, 1.3]) ?? 1);
    const refused = await sql(programsUrl, 'DELETE FROM jobs WHERE FALSE').then(() => undefined, messageOf);
    await admin.query('SET GLOBAL read_only = 0');
    return refused?.includes('read-only') ? refused : undefined;
  });
}

/** Those that are connected stay, so they are killed as well: nobody gets in again. */
async function exhaustConnections(field: Field): Promise<string | undefined> {
  return withAdmin(field.system, async (admin) => {
    const [rows] = await admin.query('SELECT @@max_connections AS n');
    const before = (rows as { n: number }[])[0]?.n ?? 151;
    field.begin('*');
    await admin.query('SET GLOBAL max_connections = 10');
    for (const id of (await connectionsOfPrograms(admin, field.system)).slice(0, 20)) {
      await admin.query(`KILL ${id}`).catch(() => undefined);
    }
    const refused = await field
      .last(0.7)
      .then(() => sql(field.system.ground.database.programsUrl, 'SELECT 1'))
      .then(() => undefined, messageOf);
    await admin.query(`SET GLOBAL max_connections = ${before}`);
    return refused?.includes('Too many connections') ? refused : undefined;
  });
}

/** Longer than the programs wait for a lock. */
async function holdLocks(field: Field): Promise<string | undefined> {
  field.begin('*');
  return withAdmin(field.system, async (admin) => {
    await admin.query('SET SESSION innodb_lock_wait_timeout = 2');
    await admin.beginTransaction();
    const [rows] = await admin
      .query(
        "SELECT id FROM jobs WHERE state IN ('running', 'pending') ORDER BY id DESC LIMIT 40 FOR UPDATE SKIP LOCKED",
      )
      .catch(() => [[]]);
    await field.last(1.3);
    await admin.rollback();
    const locked = (rows as unknown[]).length;
    return locked > 0 ? `${locked} rows were locked` : undefined;
  });
}

export async function withAdmin<T>(system: System, work: (admin: Connection) => Promise<T>): Promise<T> {
  const admin = await mysql.createConnection({ uri: system.ground.database.url, timezone: 'Z' });
  admin.on('error', () => undefined);
  try {
    return await work(admin);
  } finally {
    admin.destroy();
  }
}

async function connectionsOfPrograms(admin: Connection, system: System): Promise<number[]> {
  const { username, pathname } = new URL(system.ground.database.programsUrl);
  const [rows] = await admin.query(
    'SELECT id FROM information_schema.processlist WHERE user = ? AND db = ? AND id <> CONNECTION_ID()',
    [username, pathname.slice(1)],
  );
  return (rows as { id?: number; ID?: number }[]).flatMap((row) => row.id ?? row.ID ?? []);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
