import type { Redis } from 'ioredis';
import { cancelChannel, lostChannel, wakeChannel } from './keys.ts';
import { channelConnection } from './redis-connection.ts';

export interface IndexListeners {
  /** A queue has something new to take. */
  readonly wake?: (queue: string) => void;
  /** This worker shall look for jobs to cancel. */
  readonly cancel?: (workerId: string) => void;
  /** A queue's index was found lost. */
  readonly lost?: (queue: string) => void;
  /** Messages may have been missed: look everywhere. */
  readonly connected?: () => void;
}

/** What the programs tell each other through Redis. Messages are hints: a missed one costs time, nothing else. */
export class IndexChannels {
  private readonly redis: Redis;

  constructor(url: string, prefix: string, listeners: IndexListeners) {
    this.redis = channelConnection(url);
    const handlers = new Map([
      [wakeChannel(prefix), listeners.wake],
      [cancelChannel(prefix), listeners.cancel],
      [lostChannel(prefix), listeners.lost],
    ]);
    this.redis.on('error', () => undefined);
    const wanted = [...handlers].flatMap(([channel, handler]) => (handler ? [channel] : []));
    this.redis.on('ready', () => void this.subscribe(wanted, listeners));
    this.redis.on('message', (channel, message) => handlers.get(channel)?.(message));
  }

  /** Whether messages would arrive now. */
  get listening(): boolean {
    return this.redis.status === 'ready';
  }

  close(): void {
    this.redis.disconnect();
  }

  /** Whatever was published before the answer may have been missed. */
  private async subscribe(channels: readonly string[], listeners: IndexListeners): Promise<void> {
    try {
      await this.redis.subscribe(...channels);
      listeners.connected?.();
    } catch {
      // the connection broke again; its next one subscribes
    }
  }
}
