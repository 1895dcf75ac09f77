import { createConnection } from 'mysql2/promise';
import { readServerUrl } from '../../libs/persistence/src/database/server-url.ts';
import { codeOf, messageOf, Problem } from '../servers/problem.ts';
import { databaseProduct, isNewEnough, type Product, tooOld } from '../servers/versions.ts';

const FORM = 'mysql://user:password@host:3306/database';
const UNREACHABLE = [
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'PROTOCOL_CONNECTION_LOST',
];

/** Connects once. Throws a `Problem` that names the variable, the server and the way out. */
export async function checkDatabase(variable: string, text: string): Promise<Product> {
  const url = parseDatabaseUrl(variable, text);
  const product = databaseProduct(await askVersion(variable, url));
  if (product === undefined) throw new Problem(`${variable} names ${shown(url)}, which is neither MySQL nor MariaDB.`);
  if (!isNewEnough(product)) throw new Problem(`${variable} names ${shown(url)}: ${tooOld(product)}`);
  return product;
}

export function parseDatabaseUrl(variable: string, text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['mysql:', 'mariadb:'].includes(url.protocol) || url.hostname === '') {
    throw new Problem(`${variable} is not of the form ${FORM}: correct it, or unset it to get a private server.`);
  }
  if (url.pathname.length < 2) {
    throw new Problem(`${variable} names the server ${shown(url)} but no database: append /holdfast, for example.`);
  }
  return url;
}

async function askVersion(variable: string, url: URL): Promise<string> {
  try {
    const { uri, ssl, login } = readServerUrl(url.href);
    const access = { uri, ...(ssl ? { ssl } : {}), ...login?.() };
    const connection = await createConnection({ ...access, connectTimeout: 10_000 });
    try {
      const [rows] = await connection.query('SELECT VERSION() AS version');
      return JSON.stringify(rows);
    } finally {
      connection.destroy();
    }
  } catch (error) {
    throw new Problem(explainConnection(variable, url, error));
  }
}

/** One sentence for what mysql2 throws when it cannot connect. */
export function explainConnection(variable: string, url: URL, error: unknown): string {
  const where = `${variable} names ${shown(url)}`;
  const database = decodeURIComponent(url.pathname.slice(1));
  const code = codeOf(error) ?? '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${where}, but there is no host "${url.hostname}".`;
  if (UNREACHABLE.includes(code))
    return `${where}, but no server answers there (${code}): start it, or correct the address.`;
  if (code === 'ER_BAD_DB_ERROR') {
    return `${where}, but the server has no database "${database}": create it with CREATE DATABASE \`${database}\`.`;
  }
  if (code === 'ER_DBACCESS_DENIED_ERROR')
    return `${where}, but that user may not use the database "${database}": grant it.`;
  if (code.startsWith('ER_ACCESS_DENIED'))
    return `${where}, but the server refuses that user and password: correct them.`;
  return `${where}, but connecting failed: ${messageOf(error) || code}.`;
}

/** The URL without its password. */
export function shown(url: URL): string {
  const copy = new URL(url);
  copy.password = '';
  copy.search = '';
  return copy.href;
}
