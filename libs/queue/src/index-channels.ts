import type { Redis } from 'ioredis';
import { cancelChannel, lostChannel, schedulesChannel, wakeChannel } from './keys.ts';
import { channelConnection } from './redis/redis-connections.ts';
import { parseRedisUrl, type RedisServers } from './redis/redis-url.ts';

export interface IndexListeners {
  /** A queue has something new to take. */
  readonly wake?: (queue: string) => void;
  /** This worker shall look for jobs to cancel. */
  readonly cancel?: (workerId: string) => void;
  /** A queue's index was found lost. */
  readonly lost?: (queue: string) => void;
  /** A schedule was made or changed. */
  readonly scheduled?: () => void;
  /** Messages may have been missed, or may be from now on: look everywhere. */
  readonly changed?: () => void;
}

const PULSE_MS = 1_000;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

/**
 * What the programs tell each other through Redis. Messages are hints: a missed one costs time, nothing else. A connection
 * that only listens does not notice that the other end is gone; so it is asked every second, and replaced when it is silent.
 */
export class IndexChannels {
  private readonly servers: RedisServers;
  private readonly handlers: ReadonlyMap<string, (message: string) => void>;
  private redis: Redis | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** Since the last success; also tells which node of a cluster is next. */
  private attempts = 0;

  constructor(
    url: string,
    prefix: string,
    private readonly listeners: IndexListeners,
  ) {
    this.servers = parseRedisUrl(url);
    const handlers = [
      [wakeChannel(prefix), listeners.wake],
      [cancelChannel(prefix), listeners.cancel],
      [lostChannel(prefix), listeners.lost],
      [schedulesChannel(prefix), listeners.scheduled],
    ] as const;
    this.handlers = new Map(handlers.flatMap(([channel, handler]) => (handler ? [[channel, handler]] : [])));
    void this.listen();
  }

  /** Whether messages would arrive now. */
  get listening(): boolean {
    return this.redis?.status === 'ready';
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.redis?.disconnect();
  }

  private async listen(): Promise<void> {
    const redis = channelConnection(this.servers, this.attempts);
    this.redis = redis;
    redis.on('error', () => undefined);
    redis.on('message', (channel, message) => this.handlers.get(channel)?.(message));
    redis.once('end', () => this.lost(redis));
    try {
      await redis.connect();
      await redis.subscribe(...this.handlers.keys());
      this.attempts = 0;
      this.listeners.changed?.(); // whatever was published before the answer may have been missed
      await this.pulse(redis);
    } catch {
      this.lost(redis);
    }
  }

  private async pulse(redis: Redis): Promise<void> {
    await redis.ping();
    if (this.redis === redis) this.after(PULSE_MS, () => this.pulse(redis).catch(() => this.lost(redis)));
  }

  /** The first to notice replaces the connection. */
  private lost(redis: Redis): void {
    if (this.redis !== redis) return;
    this.redis = undefined;
    redis.disconnect();
    if (this.closed) return;
    if (this.attempts === 0) this.listeners.changed?.();
    this.attempts += 1;
    this.after(Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.attempts), () => this.listen());
  }

  private after(milliseconds: number, work: () => Promise<void>): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void work(), milliseconds * (0.5 + Math.random() / 2));
  }
}
