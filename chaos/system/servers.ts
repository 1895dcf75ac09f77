import { randomBytes } from 'node:crypto';
import path from 'node:path';
import mysql from 'mysql2/promise';
import { startDatabase, type Server } from '../../tools/servers/index.ts';
import type { Options } from '../options.ts';
import { givenRedis, startCluster, startOne, startSentinel, type RedisServed } from './redis-topologies.ts';

/** A server of this run; `own` is its process, where the run started it and so may do with it as it likes. */
export interface Served {
  readonly url: string;
  readonly own: Server | undefined;
}

export interface DatabaseServed extends Served {
  /** The same for the programs: on a server of our own a user without special rights, to whom read_only applies. */
  readonly programsUrl: string;
}

/** A database server with an empty database for this run. */
export async function provideDatabase(directory: string, { databaseUrl }: Options): Promise<DatabaseServed> {
  const own =
    databaseUrl === undefined ? await startDatabase({ directory: path.join(directory, 'database') }) : undefined;
  const url = new URL(own?.url ?? databaseUrl ?? '');
  const name = `chaos_${randomBytes(4).toString('hex')}`;
  await sql(url.href, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  return { url: url.href, programsUrl: own ? await ordinaryUser(url, name) : url.href, own };
}

async function ordinaryUser(url: URL, database: string): Promise<string> {
  const programs = new URL(url);
  programs.username = 'programs';
  programs.password = randomBytes(12).toString('hex');
  await sql(url.href, `CREATE USER 'programs'@'127.0.0.1' IDENTIFIED BY '${programs.password}'`);
  await sql(url.href, `GRANT ALL ON ${database}.* TO 'programs'@'127.0.0.1'`);
  return programs.href;
}

const START = { one: startOne, sentinel: startSentinel, cluster: startCluster };

export async function provideRedis(directory: string, { redisUrl, redis }: Options): Promise<RedisServed> {
  return redisUrl === undefined ? START[redis](path.join(directory, 'redis')) : givenRedis(redisUrl);
}

/** One statement over a connection of its own. */
export async function sql<Row = Record<string, unknown>>(url: string, statement: string): Promise<Row[]> {
  const connection = await mysql.createConnection({ uri: url, timezone: 'Z', connectTimeout: 5_000 });
  connection.on('error', () => undefined);
  try {
    const [rows] = await connection.query({ sql: statement, timeout: 60_000 });
    return rows as Row[];
  } finally {
    connection.destroy();
  }
}
