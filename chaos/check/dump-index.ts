import type { Redis } from 'ioredis';
import { withRedis } from '../system/redis-client.ts';
import { REDIS_PREFIX } from '../system/system.ts';

/** A key of the index, as Redis holds it. */
export interface IndexKey {
  readonly key: string;
  readonly type: string;
  /** Of a set, sorted or not; of a hash its fields. */
  readonly members: readonly Buffer[];
}

/** Every key of every queue; of a cluster from all its masters. */
export async function dumpIndex(redisUrls: readonly string[]): Promise<IndexKey[]> {
  return (await Promise.all(redisUrls.map((url) => withRedis(url, dumpServer)))).flat();
}

async function dumpServer(redis: Redis): Promise<IndexKey[]> {
  const keys: IndexKey[] = [];
  for (const key of await redis.keys(`${REDIS_PREFIX}:{*`)) {
    const type = await redis.type(key);
    keys.push({ key, type, members: await membersOf(redis, key, type) });
  }
  return keys;
}

async function membersOf(redis: Redis, key: string, type: string): Promise<Buffer[]> {
  if (type === 'zset') return redis.zrangeBuffer(key, 0, -1);
  if (type === 'set') return redis.smembersBuffer(key);
  if (type === 'hash') return redis.hkeysBuffer(key);
  return [];
}
