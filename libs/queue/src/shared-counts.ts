import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { countKey } from './keys.ts';

/** Counts that processes share: each adds what it saw and learns what all of them saw. May reject while Redis is away. */
export class SharedCounts {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /**
   * @param window names a span of time; its counts are forgotten after `keepMs`
   * @returns the count of each name over all processes, in the order of the additions
   */
  async add(window: number, additions: ReadonlyMap<string, number>, keepMs: number): Promise<number[]> {
    const counted = [...additions].map(async ([name, n]) => {
      const key = countKey(this.prefix, window, createHash('sha256').update(name).digest('base64url'));
      const [count] = await Promise.all([this.redis.incrby(key, n), this.redis.pexpire(key, keepMs)]);
      return count;
    });
    return Promise.all(counted);
  }
}
