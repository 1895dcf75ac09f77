import type { Cluster, Redis } from 'ioredis';
import { Breaker, IndexAwayError } from '../breaker.ts';
import { pulseKey } from '../keys.ts';
import { withScripts, type ScriptedRedis } from '../scripts.ts';
import { commandConnection } from './redis-connections.ts';
import { parseRedisUrl, type RedisServers } from './redis-url.ts';

export interface RedisLinkOptions {
  /** See REDIS_URL_FORMS; without it there is no Redis, and every call is refused. */
  readonly url: string | undefined;
  readonly prefix: string;
}

export interface RedisChange {
  readonly away: boolean;
  /** In a cluster, whose server it is; else every queue's. */
  readonly queue: string | undefined;
  readonly cause: unknown;
}

type Listener = (change: RedisChange) => void;

const ALL_QUEUES = '';

/** A program's one way to Redis: its connection for commands, and the breakers before it. */
export class RedisLink {
  readonly kind: RedisServers['kind'] | 'none';
  private readonly redis: ScriptedRedis | undefined;
  private readonly breakers = new Map<string, Breaker>();
  private readonly listeners: Listener[] = [];

  constructor(private readonly options: RedisLinkOptions) {
    const servers = options.url === undefined ? undefined : parseRedisUrl(options.url);
    this.kind = servers?.kind ?? 'none';
    this.redis = servers && withScripts(commandConnection(servers));
    (this.redis as Redis | Cluster | undefined)?.on('error', () => undefined); // every command says so itself
  }

  /** Whether calls about this queue, or about any, are refused now. Without Redis nothing is away. */
  isAway(queue?: string): boolean {
    if (queue !== undefined) return this.breakers.get(this.scopeOf(queue))?.isAway ?? false;
    return [...this.breakers.values()].some((breaker) => breaker.isAway);
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** @throws IndexAwayError at once while Redis is away; else whatever the call throws */
  async run<T>(queue: string, call: (redis: ScriptedRedis) => Promise<T>): Promise<T> {
    const { redis } = this;
    if (!redis) throw new IndexAwayError('there is no Redis');
    return this.breakerFor(this.scopeOf(queue), redis).run(() => call(redis));
  }

  /** Waits for the first connection, but not for long: programs work without it. */
  async connected(withinMs: number): Promise<void> {
    const { redis } = this;
    if (!redis || redis.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      redis.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  close(): void {
    for (const breaker of this.breakers.values()) breaker.close();
    this.redis?.disconnect();
  }

  /** Nest's hook, after the port was closed. */
  onApplicationShutdown(): void {
    this.close();
  }

  /** In a cluster one server may be away while the others serve: each queue, which lives on one, has a breaker of its own. */
  private scopeOf(queue: string): string {
    return this.kind === 'cluster' ? queue : ALL_QUEUES;
  }

  private breakerFor(scope: string, redis: ScriptedRedis): Breaker {
    const known = this.breakers.get(scope);
    if (known) return known;
    const queue = scope === ALL_QUEUES ? undefined : scope;
    const breaker = new Breaker({
      // a write, so that a server without memory and a replica count as away, too
      probe: () => redis.set(pulseKey(this.options.prefix, queue), '', 'PX', 1_000),
      onChange: (away, cause) => {
        for (const listener of this.listeners) listener({ away, queue, cause });
      },
    });
    this.breakers.set(scope, breaker);
    return breaker;
  }
}
