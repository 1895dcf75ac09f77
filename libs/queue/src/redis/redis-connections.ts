import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { readLogin, type HostAndPort, type RedisServers } from './redis-url.ts';

/** A command that Redis does not answer in this time is given up: MySQL knows everything that it would have said. */
const COMMAND_TIMEOUT_MS = 500;
/** A server that owes an answer for so long is hung or cut off: the socket goes, and with it what waits for answers. */
const SOCKET_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;

const reconnectDelay = (times: number): number =>
  Math.min(RECONNECT_MAX_MS, 50 * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2);

const CONNECTION: RedisOptions = {
  connectTimeout: 2_000,
  keepAlive: 10_000,
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: SOCKET_TIMEOUT_MS,
};

/** Fails at once while Redis is away, never queues, never sends anything twice. */
const COMMANDS: RedisOptions = {
  ...CONNECTION,
  retryStrategy: reconnectDelay,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

/** For commands, to the server, the present master or the whole cluster. */
export function commandConnection(servers: RedisServers): Redis | Cluster {
  if (servers.kind === 'cluster') return clusterConnection(servers);
  return withLogin(new Redis({ ...COMMANDS, ...target(servers, 0) }), servers);
}

/**
 * For channels. A message that is published at any node of a cluster reaches all of them, so one node is enough: another one
 * with each attempt. It does not come back by itself; whoever listens makes a new one.
 */
export function channelConnection(servers: RedisServers, attempt: number): Redis {
  const connection = new Redis({
    ...CONNECTION,
    ...target(servers, attempt),
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    lazyConnect: true,
  });
  return withLogin(connection, servers);
}

/** Passwords change while programs run: each time it connects, it looks. */
function withLogin(connection: Redis, { passwordFile }: RedisServers): Redis {
  if (passwordFile !== undefined) followFile(connection.options, passwordFile);
  return connection;
}

function followFile(options: RedisOptions, file: string): void {
  Object.defineProperties(options, {
    username: { get: () => readLogin(file).username, enumerable: true },
    password: { get: () => readLogin(file).password, enumerable: true },
  });
}

function target({ kind, hosts, master, access, sentinelPassword }: RedisServers, attempt: number): RedisOptions {
  if (kind !== 'sentinel') return { ...hosts[attempt % hosts.length], ...access };
  return {
    ...access,
    sentinels: hosts.map((each) => ({ ...each })),
    name: master ?? '',
    sentinelRetryStrategy: reconnectDelay,
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    failoverDetector: true,
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(access.tls ? { enableTLSForSentinelMode: true } : {}),
  };
}

/** Redirections are followed once or twice; a node that is gone is not waited for. */
function clusterConnection({ hosts, access, passwordFile }: RedisServers): Cluster {
  const redisOptions: RedisOptions = {
    ...CONNECTION,
    ...access,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  };
  if (passwordFile !== undefined) followFile(redisOptions, passwordFile);
  return new Cluster(
    hosts.map((each: HostAndPort) => ({ ...each })),
    {
      redisOptions,
      enableOfflineQueue: false,
      clusterRetryStrategy: reconnectDelay,
      maxRedirections: 3,
      retryDelayOnFailover: 20,
      retryDelayOnClusterDown: 20,
      retryDelayOnTryAgain: 20,
      slotsRefreshTimeout: COMMAND_TIMEOUT_MS,
      slotsRefreshInterval: 5_000,
    },
  );
}
