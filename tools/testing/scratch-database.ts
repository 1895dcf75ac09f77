import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';

export interface ScratchDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database of its own, for one test file: on the server that TEST_DATABASE_URL names unless another is given. */
export async function createScratchDatabase(server = testServerUrl('TEST_DATABASE_URL')): Promise<ScratchDatabase> {
  const name = `holdfast_test_${randomBytes(6).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(server, `DROP DATABASE IF EXISTS ${name}`) };
}

/** A server that tests may do with as they like. `npm test` starts one and sets the variable. */
export function testServerUrl(variable: 'TEST_DATABASE_URL' | 'TEST_REDIS_URL'): string {
  const url = process.env[variable];
  if (url === undefined || url === '')
    throw new Error(`${variable} must name a throw-away server; "npm test" sets it.`);
  return url;
}

async function execute(server: string, statement: string): Promise<void> {
  const connection = await mysql.createConnection(server);
  try {
    await connection.query(statement);
  } finally {
    await connection.end();
  }
}
