import { Redis } from 'ioredis';
import { codeOf, messageOf, Problem } from '../servers/problem.ts';
import { isNewEnough, type Product, redisProduct, tooOld } from '../servers/versions.ts';

const FORMS = 'redis://, rediss://, redis+sentinel:// or redis+cluster://';
const SHAPE = /^(rediss?|redis\+sentinel|redis\+cluster):\/\/(?:([^@/]*)@)?([^/?#]+)(\/[^?#]*)?(\?.*)?$/;

export interface RedisAddress {
  kind: 'single' | 'sentinel' | 'cluster';
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
  hosts: { host: string; port: number }[];
}

/** Asks the first host that answers. Throws a `Problem` that names the variable, the server and the way out. */
export async function checkRedis(variable: string, text: string): Promise<Product> {
  const address = parseRedisUrl(variable, text);
  let failure: unknown;
  for (const host of address.hosts) {
    try {
      return acceptable(variable, await askInfo(address, host));
    } catch (error) {
      if (error instanceof Problem) throw error;
      failure = error;
    }
  }
  throw new Problem(explainRedis(variable, address, failure));
}

/** Sentinel and cluster URLs list several hosts, which no standard URL parser takes. */
export function parseRedisUrl(variable: string, text: string): RedisAddress {
  const [, scheme, credentials, hosts] = SHAPE.exec(text) ?? [];
  const parsed = hosts?.split(',').map((host) => URL.parse(`tcp://${host}`));
  if (scheme === undefined || parsed === undefined || parsed.some((url) => url === null || url.hostname === '')) {
    throw new Problem(
      `${variable} does not read like ${FORMS} and a host: correct it, or unset it to get a private server.`,
    );
  }
  const kind = scheme === 'redis+sentinel' ? 'sentinel' : scheme === 'redis+cluster' ? 'cluster' : 'single';
  const [username, ...password] = (credentials ?? '').split(':').map(decodeURIComponent);
  return {
    kind,
    tls: scheme === 'rediss',
    username: username === '' ? undefined : username,
    password: password.length === 0 ? undefined : password.join(':'),
    hosts: parsed
      .filter((url) => url !== null)
      .map(({ hostname, port }) => ({ host: hostname, port: Number(port || (kind === 'sentinel' ? 26379 : 6379)) })),
  };
}

async function askInfo(address: RedisAddress, { host, port }: { host: string; port: number }): Promise<string> {
  // A sentinel has a password of its own, which the URL does not carry.
  const { username, password } = address.kind === 'sentinel' ? {} : address;
  const redis = new Redis({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(address.tls ? { tls: {} } : {}),
    lazyConnect: true,
    connectTimeout: 10_000,
    commandTimeout: 10_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let cause: unknown;
  redis.on('error', (error) => (cause = error));
  try {
    return await redis.info('server');
  } catch (error) {
    // The rejected command says only that the connection closed; the event before it says why.
    throw cause ?? error;
  } finally {
    redis.disconnect();
  }
}

function acceptable(variable: string, info: string): Product {
  const product = redisProduct(info);
  if (product === undefined) throw new Problem(`${variable} names a server that is neither Redis nor Valkey.`);
  if (!isNewEnough(product)) throw new Problem(`${variable}: ${tooOld(product)}`);
  return product;
}

/** One sentence for what ioredis throws when it cannot connect. */
export function explainRedis(variable: string, address: RedisAddress, error: unknown): string {
  const hosts = address.hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  const code = codeOf(error) ?? '';
  const message = messageOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${variable} names ${hosts}, but there is no such host.`;
  if (/protocol error/i.test(message)) return `${variable} names ${hosts}, but what answers there is not Redis.`;
  if (/WRONGPASS|NOAUTH/.test(message))
    return `${variable}: Redis at ${hosts} refuses that user and password: correct them.`;
  return `${variable} names ${hosts}, but no server answers there (${code || message}): start it, or correct the address.`;
}
