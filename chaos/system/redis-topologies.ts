import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram, findRedisBinary } from '../../tools/servers/binaries.ts';
import { freePort, ManagedProcess, startRedis, type Server } from '../../tools/servers/index.ts';
import { until } from '../../e2e/harness/until.ts';
import { withRedis } from './redis-client.ts';

/** How many servers there are, and how programs find the one that serves. */
export type RedisKind = 'one' | 'sentinel' | 'cluster';

export interface RedisServed {
  readonly kind: RedisKind;
  /** What the programs are given. */
  readonly url: string;
  /** The only server, where the run started it and so may do with it as it likes. */
  readonly own: Server | undefined;
  /** Of a replicated or sharded one, the servers that hold keys. */
  readonly nodes: readonly Server[];
  /** Where keys are kept now: of the server, of the present master, of every node of a cluster. */
  readonly masters: () => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

const SENTINELS = 3;
const NODES = 3;
const MASTER = 'chaos';
const READY_WITHIN_MS = 30_000;

export async function startOne(directory: string): Promise<RedisServed> {
  const own = await startRedis({ directory });
  return { ...givenRedis(own.url), own, stop: () => own.stop() };
}

export function givenRedis(url: string): RedisServed {
  const masters = (): Promise<string[]> => Promise.resolve([url]);
  return { kind: 'one', url, own: undefined, nodes: [], masters, stop: () => Promise.resolve() };
}

/** A master, a replica, and three sentinels that agree within seconds that the master is gone. */
export async function startSentinel(directory: string): Promise<RedisServed> {
  const master = await startRedis({ directory: path.join(directory, 'a') });
  const options = ['--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'];
  const replica = await startRedis({ directory: path.join(directory, 'b'), options });
  await until('the replica follows', () => follows(replica.url), READY_WITHIN_MS);
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, (_, n) => startOneSentinel(path.join(directory, `sentinel-${n}`), master.port)),
  );
  const asks = sentinels.map(({ url }) => url);
  await until('the sentinels know each other', () => agree(asks), READY_WITHIN_MS);
  return {
    kind: 'sentinel',
    url: `redis+sentinel://${asks.map((url) => new URL(url).host).join(',')}/${MASTER}`,
    own: undefined,
    nodes: [master, replica],
    masters: async () => [await masterBy(asks)],
    stop: async () => {
      await Promise.all(sentinels.map(({ process }) => process.stop(5_000)));
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}

/** Each node serves a third of the slots, and nobody stands in for it. */
export async function startCluster(directory: string): Promise<RedisServed> {
  const nodes = await Promise.all(
    Array.from({ length: NODES }, async (_, n) => {
      const options = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'];
      const port = ['--cluster-node-timeout', '2000', '--cluster-port', String(await freePort())];
      return startRedis({ directory: path.join(directory, `node-${n}`), options: [...options, ...port] });
    }),
  );
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const cli = findProgram('redis-cli') ?? 'redis-cli';
  const made = spawnSync(cli, ['--cluster', 'create', ...hosts, '--cluster-yes'], { encoding: 'utf8' });
  if (!made.stdout.includes('All 16384 slots covered')) throw new Error(`no cluster: ${made.stdout}${made.stderr}`);
  return {
    kind: 'cluster',
    url: `redis+cluster://${hosts.join(',')}`,
    own: undefined,
    nodes,
    masters: () => Promise.resolve(nodes.filter(({ running }) => running).map(({ url }) => url)),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** Has the sentinels make the replica the master. @returns where it is then */
export async function failOver({ url, masters }: RedisServed): Promise<string | undefined> {
  const [before] = await masters();
  const [sentinel = ''] = url.replace('redis+sentinel://', '').split('/')[0]?.split(',') ?? [];
  await withRedis(`redis://${sentinel}`, (redis) => redis.call('SENTINEL', 'FAILOVER', MASTER));
  return otherMaster(before, masters);
}

/** @returns the next master; undefined if there is none within half a minute */
export async function otherMaster(
  before: string | undefined,
  masters: RedisServed['masters'],
): Promise<string | undefined> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (performance.now() < giveUpAt) {
    const [now] = await masters().catch(() => []);
    if (now !== undefined && now !== before) return now;
    await pause(100);
  }
  return undefined;
}

async function startOneSentinel(directory: string, master: number): Promise<{ url: string; process: ManagedProcess }> {
  mkdirSync(directory, { recursive: true });
  const config = path.join(directory, 'sentinel.conf');
  const settings = [
    `monitor ${MASTER} 127.0.0.1 ${master} 2`,
    `down-after-milliseconds ${MASTER} 1000`,
    `failover-timeout ${MASTER} 5000`,
  ];
  writeFileSync(config, settings.map((line) => `sentinel ${line}\n`).join(''));
  const port = await freePort();
  const network = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--set-proc-title', 'no'];
  const launched = await ManagedProcess.launch({
    name: 'a sentinel',
    command: findRedisBinary().found?.path ?? 'redis-server',
    args: [config, ...network, '--sentinel'],
    logFile: path.join(directory, 'log'),
    rank: 'index',
    marker: directory,
  });
  return { url: `redis://127.0.0.1:${port}`, process: launched };
}

async function follows(url: string): Promise<boolean> {
  const info = await withRedis(url, (redis) => redis.info('replication')).catch(() => '');
  return info.includes('master_link_status:up');
}

async function agree(sentinels: readonly string[]): Promise<boolean> {
  const known = sentinels.map((url) =>
    withRedis(url, async (redis) => {
      const [others, replicas] = await Promise.all(
        ['SENTINELS', 'REPLICAS'].map((what) => redis.call('SENTINEL', what, MASTER) as Promise<unknown[]>),
      );
      return others?.length === SENTINELS - 1 && replicas?.length === 1;
    }).catch(() => false),
  );
  return (await Promise.all(known)).every(Boolean);
}

async function masterBy(sentinels: readonly string[]): Promise<string> {
  const asked = sentinels.map((url) =>
    withRedis(url, (redis) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER) as Promise<[string, string]>),
  );
  const [host, port] = await Promise.any(asked);
  return `redis://${host}:${port}`;
}
