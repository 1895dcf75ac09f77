import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { type Server, startRedis } from '../../tools/servers/index.ts';

/** What a Redis server still knows after it was killed: nothing, all but the last second, or all that it acknowledged. */
export type Durability = 'none' | 'everysec' | 'always';

export async function startRedisWith(durability: Durability, directory: string): Promise<Server> {
  const own = path.join(directory, `redis-${durability}`);
  mkdirSync(own, { recursive: true });
  const server = await startRedis({ directory: own, persistent: durability !== 'none' });
  if (durability === 'always') await ask(server.url, (redis) => redis.config('SET', 'appendfsync', 'always'));
  const [, fsync] = (await ask(server.url, (redis) => redis.config('GET', 'appendfsync'))) as [string, string];
  if (durability !== 'none' && fsync !== durability) throw new Error(`appendfsync is ${fsync}, not ${durability}`);
  return server;
}

/** Bytes that Redis has in use, its own overhead included. */
export async function usedMemory(url: string): Promise<number> {
  const info = await ask(url, (redis) => redis.info('memory'));
  return Number(/used_memory:(\d+)/.exec(info)?.[1]);
}

export async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
