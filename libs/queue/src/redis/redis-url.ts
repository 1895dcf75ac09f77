import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** Which servers a REDIS_URL names, and how to speak to them. */
export interface RedisServers {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** The server; the sentinels; some nodes of the cluster. */
  readonly hosts: readonly HostAndPort[];
  /** The name that the sentinels know the master by. */
  readonly master: string | undefined;
  /** User, password, database and TLS, as every connection to a data server needs them. */
  readonly access: Pick<RedisOptions, 'username' | 'password' | 'db' | 'tls'>;
  readonly sentinelPassword: string | undefined;
  /** Read anew for every connection. */
  readonly passwordFile: string | undefined;
}

export const REDIS_URL_FORMS =
  'redis://host:6379, rediss://host:6379, redis+sentinel://host:26379,host:26379/master or redis+cluster://host:7000,host:7001';

const FORM =
  /^(?<scheme>redis|rediss|redis\+sentinel|redis\+cluster):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/;
const DEFAULT_PORTS = { single: 6_379, sentinel: 26_379, cluster: 6_379 } as const;

/**
 * Reads one of REDIS_URL_FORMS. The path is a database number, after the name of the master with sentinels; `?tls=true` asks a
 * cluster or sentinels for TLS, `?ca=FILE` names a certificate authority of your own, `?sentinelPassword=` is what the sentinels
 * want, `?passwordFile=FILE` a file that holds the password, or a whole URL with user and password.
 *
 * @throws Error with the forms, and never with the password, if it is none of them
 */
export function parseRedisUrl(text: string): RedisServers {
  const parts = FORM.exec(text)?.groups;
  const kind = kindOf(parts?.['scheme'] ?? '');
  const hosts = (parts?.['hosts'] ?? '').split(',').map((host) => readHost(host, DEFAULT_PORTS[kind]));
  const path = (parts?.['path'] ?? '').split('/');
  const master = kind === 'sentinel' ? path.shift() : undefined;
  const db = readDatabase(path.join('/'));
  const known = hosts.filter((host) => host !== undefined);
  const isWhole = known.length === hosts.length && (kind !== 'single' || known.length === 1);
  if (!parts || !isWhole || master === '' || db === undefined || (kind === 'cluster' && db > 0)) {
    throw new Error(`must read like ${REDIS_URL_FORMS}`);
  }
  const query = new URLSearchParams(parts['query']);
  const passwordFile = query.get('passwordFile') ?? undefined;
  const login = passwordFile === undefined ? credentials(parts['user'], parts['password']) : readLogin(passwordFile);
  const ca = query.get('ca');
  const tls = parts['scheme'] === 'rediss' || query.get('tls') === 'true' || ca !== null;
  return {
    kind,
    hosts: known,
    master,
    access: { ...login, db, ...(tls ? { tls: ca === null ? {} : { ca: readFileSync(ca, 'utf8') } } : {}) },
    sentinelPassword: query.get('sentinelPassword') ?? undefined,
    passwordFile,
  };
}

function kindOf(scheme: string): RedisServers['kind'] {
  if (scheme === 'redis+sentinel') return 'sentinel';
  return scheme === 'redis+cluster' ? 'cluster' : 'single';
}

function readHost(text: string, defaultPort: number): HostAndPort | undefined {
  const [, host = '', port = String(defaultPort)] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535) return undefined;
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

function readDatabase(path: string): number | undefined {
  return /^\d{0,5}$/.test(path) ? Number(path) : undefined;
}

function credentials(user: string | undefined, password: string | undefined): RedisServers['access'] {
  return {
    ...(user ? { username: decodeURIComponent(user) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

/** Who logs in, as the file says now. */
export function readLogin(file: string): Pick<RedisOptions, 'username' | 'password'> {
  const text = readFileSync(file, 'utf8').trim();
  const inUrl = /^redis[a-z+]*:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?/.exec(text);
  return inUrl ? credentials(inUrl[1], inUrl[2]) : { password: text };
}
