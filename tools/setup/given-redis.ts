import type { Cluster, Redis } from 'ioredis';
import { commandConnection } from '../../libs/queue/src/redis/redis-connections.ts';
import { parseRedisUrl, type RedisServers } from '../../libs/queue/src/redis/redis-url.ts';
import { codeOf, messageOf, Problem } from '../servers/problem.ts';
import { isNewEnough, type Product, redisProduct, tooOld } from '../servers/versions.ts';

/** Throws a `Problem` that names the variable, the server and the way out. */
export async function checkRedis(variable: string, text: string): Promise<Product> {
  const servers = readRedisUrl(variable, text);
  try {
    return acceptable(variable, await askInfo(servers));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(explainRedis(variable, servers, error));
  }
}

export function readRedisUrl(variable: string, text: string): RedisServers {
  try {
    return parseRedisUrl(text);
  } catch (error) {
    throw new Problem(`${variable} ${messageOf(error)}: correct it, or unset it to get a private server.`);
  }
}

const ANSWER_WITHIN_MS = 10_000;

/** What any of the servers says of itself; for sentinels the present master, for a cluster some node. */
async function askInfo(servers: RedisServers): Promise<string> {
  const redis = commandConnection(servers);
  try {
    await ready(redis);
    return await redis.info('server');
  } finally {
    redis.disconnect();
  }
}

/** The last error before the time is over says more than the time. */
async function ready(redis: Redis | Cluster): Promise<void> {
  let cause = new Error('no answer');
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(cause), ANSWER_WITHIN_MS);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
    redis.on('error', (error: unknown) => {
      cause = lastOf(error);
      if (!isFinal(cause)) return;
      clearTimeout(timer);
      reject(cause);
    });
  });
}

/** A cluster tells of all its nodes at once. */
function lastOf(error: unknown): Error {
  const last = error instanceof Error && 'lastNodeError' in error ? (error.lastNodeError ?? error) : error;
  return last instanceof Error ? last : new Error(String(last));
}

/** Waiting longer would not help. */
function isFinal(error: unknown): boolean {
  return /ECONNREFUSED|ENOTFOUND|WRONGPASS|NOAUTH|protocol error/i.test(`${codeOf(error) ?? ''} ${messageOf(error)}`);
}

function acceptable(variable: string, info: string): Product {
  const product = redisProduct(info);
  if (product === undefined) throw new Problem(`${variable} names a server that is neither Redis nor Valkey.`);
  if (!isNewEnough(product)) throw new Problem(`${variable}: ${tooOld(product)}`);
  return product;
}

/** One sentence for what ioredis throws when it cannot connect. */
export function explainRedis(variable: string, { hosts }: RedisServers, error: unknown): string {
  const server = hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  const code = codeOf(error) ?? '';
  const message = messageOf(error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${variable} names ${server}, but there is no such host.`;
  if (/protocol error/i.test(message)) return `${variable} names ${server}, but what answers there is not Redis.`;
  if (/WRONGPASS|NOAUTH/.test(message))
    return `${variable}: Redis at ${server} refuses that user and password: correct them.`;
  return `${variable} names ${server}, but no server answers there (${code || message}): start it, or correct the address.`;
}
