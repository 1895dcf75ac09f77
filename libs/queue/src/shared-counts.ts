import { createHash } from 'node:crypto';
import { countKey } from './keys.ts';
import type { RedisLink } from './redis/redis-link.ts';

/** A count belongs to no queue. */
const ANY_QUEUE = '';

/** Counts that processes share: each adds what it saw and learns what all of them saw. May reject while Redis is away. */
export class SharedCounts {
  constructor(
    private readonly link: RedisLink,
    private readonly prefix: string,
  ) {}

  /**
   * @param window names a span of time; its counts are forgotten after `keepMs`
   * @returns the count of each name over all processes, in the order of the additions
   */
  async add(window: number, additions: ReadonlyMap<string, number>, keepMs: number): Promise<number[]> {
    const counted = [...additions].map(async ([name, n]) => {
      const key = countKey(this.prefix, window, createHash('sha256').update(name).digest('base64url'));
      const [count] = await this.link.run(ANY_QUEUE, (redis) =>
        Promise.all([redis.incrby(key, n), redis.pexpire(key, keepMs)]),
      );
      return count;
    });
    return Promise.all(counted);
  }
}
