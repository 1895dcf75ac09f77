import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { startDatabase, startRedis, type Server } from '../../tools/servers/index.ts';
import type { Options } from '../options.ts';

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

export async function provideRedis(directory: string, { redisUrl }: Options): Promise<Served> {
  const own = redisUrl === undefined ? await startRedis({ directory: path.join(directory, 'redis') }) : undefined;
  return { url: own?.url ?? redisUrl ?? '', own };
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

/** Some commands over a connection of their own, with no patience for a server that does not answer. */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
