import { Redis, type RedisOptions } from 'ioredis';

/** A command that Redis does not answer in this time is given up: MySQL knows everything that it would have said. */
const COMMAND_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;

const RECONNECT: RedisOptions = {
  retryStrategy: (times) => Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2),
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  connectTimeout: 2_000,
  keepAlive: 10_000,
};

/** For commands: fails at once while Redis is away, never queues, never sends anything twice. */
export function commandConnection(url: string): Redis {
  return new Redis(url, {
    ...RECONNECT,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableAutoPipelining: true,
  });
}

/** For channels: waits for Redis to come back; whoever listens subscribes again. */
export function channelConnection(url: string): Redis {
  return new Redis(url, { ...RECONNECT, maxRetriesPerRequest: null, autoResubscribe: false });
}
