import { Redis } from 'ioredis';
import { codeOf, messageOf, Problem } from '../servers/problem.ts';
import { isNewEnough, type Product, redisProduct, tooOld } from '../servers/versions.ts';

const FORMS = 'redis:// or rediss://';

export interface RedisAddress {
  tls: boolean;
  username: string | undefined;
  password: string | undefined;
  host: string;
  port: number;
}

/** Throws a `Problem` that names the variable, the server and the way out. */
export async function checkRedis(variable: string, text: string): Promise<Product> {
  const address = parseRedisUrl(variable, text);
  try {
    return acceptable(variable, await askInfo(address));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(explainRedis(variable, address, error));
  }
}

export function parseRedisUrl(variable: string, text: string): RedisAddress {
  const url = URL.parse(text);
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new Problem(
      `${variable} does not read like ${FORMS} and a host: correct it, or unset it to get a private server.`,
    );
  }
  return {
    tls: url.protocol === 'rediss:',
    username: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    host: url.hostname,
    port: Number(url.port || 6379),
  };
}

async function askInfo({ host, port, tls, username, password }: RedisAddress): Promise<string> {
  const redis = new Redis({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
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
  const server = `${address.host}:${address.port}`;
  const code = codeOf(error) ?? '';
  const message = messageOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${variable} names ${server}, but there is no such host.`;
  if (/protocol error/i.test(message)) return `${variable} names ${server}, but what answers there is not Redis.`;
  if (/WRONGPASS|NOAUTH/.test(message))
    return `${variable}: Redis at ${server} refuses that user and password: correct them.`;
  return `${variable} names ${server}, but no server answers there (${code || message}): start it, or correct the address.`;
}
