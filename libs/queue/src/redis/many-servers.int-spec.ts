import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { findProgram, findRedisBinary } from '../../../../tools/servers/binaries.ts';
import { freePort, ManagedProcess } from '../../../../tools/servers/index.ts';
import { checkRedis } from '../../../../tools/setup/given-redis.ts';
import { IndexChannels } from '../index-channels.ts';
import { IndexUpkeep } from '../index-upkeep.ts';
import { RedisReadyIndex, READY_INDEX_DEFAULTS } from '../redis-ready-index.ts';
import { RedisLink } from './redis-link.ts';

jest.setTimeout(120_000);
const ID = '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d';
const cli = findProgram('redis-cli');

describe('an index over several servers', () => {
  const directory = mkdtempSync(path.join(process.env['TEST_DIRECTORY'] ?? tmpdir(), 'redis-'));
  const processes: ManagedProcess[] = [];
  const closing: (() => void)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await Promise.all(processes.splice(0).map((each) => each.stop(5_000)));
    rmSync(directory, { recursive: true, force: true });
  });

  async function launch(port: number, options: readonly string[], file = ''): Promise<ManagedProcess> {
    const own = path.join(directory, String(port));
    mkdirSync(own, { recursive: true });
    const config = path.join(own, 'redis.conf');
    writeFileSync(config, file);
    const network = ['--port', String(port), '--bind', '127.0.0.1', '--dir', own, '--set-proc-title', 'no'];
    const launched = await ManagedProcess.launch({
      name: `redis ${port}`,
      command: findRedisBinary().found?.path ?? 'redis-server',
      args: [config, ...network, ...options],
      logFile: path.join(own, 'log'),
      rank: 'index',
      marker: own,
    });
    processes.push(launched);
    await answering(port);
    return launched;
  }

  function open(url: string) {
    const clock = { now: () => Date.now() };
    const link = new RedisLink({ url, prefix: 'test' });
    const options = { ...READY_INDEX_DEFAULTS, prefix: 'test' };
    closing.push(() => link.close());
    return { link, index: new RedisReadyIndex(link, options, clock), upkeep: new IndexUpkeep(link, options, clock) };
  }

  /** Resolves when messages arrive; `woken` when a wake-up about the queue was heard. */
  async function listen(url: string, queue: string): Promise<{ woken: Promise<undefined> }> {
    const ready = Promise.withResolvers<undefined>();
    const woken = Promise.withResolvers<undefined>();
    const channels = new IndexChannels(url, 'test', {
      wake: (name) => name === queue && woken.resolve(undefined),
      changed: () => ready.resolve(undefined),
    });
    closing.push(() => channels.close());
    await ready.promise;
    return { woken: woken.promise };
  }

  it('follows the master that sentinels name, and recognises the promoted replica as another server', async () => {
    const [master, replica] = [await freePort(), await freePort()];
    const primary = await launch(master, ['--save', '']);
    await launch(replica, ['--save', '', '--replicaof', '127.0.0.1', String(master)]);
    await eventually('the replica follows', () => ask(replica, 'info', 'replication'), /master_link_status:up/);
    const sentinels = [await freePort(), await freePort(), await freePort()];
    const config = ['down-after-milliseconds m 1000', 'failover-timeout m 5000'].map((line) => `sentinel ${line}\n`);
    for (const port of sentinels) {
      await launch(port, ['--sentinel'], `sentinel monitor m 127.0.0.1 ${master} 2\n${config.join('')}`);
    }
    const url = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/m`;
    expect((await checkRedis('REDIS_URL', url)).name).toMatch(/Redis|Valkey/);
    const { link, index, upkeep } = open(url);
    await link.connected(10_000);
    await upkeep.create('q', 0);
    const { woken } = await listen(url, 'q');
    await index.add([{ id: ID, tenant: 'default', queue: 'q', priority: 0, runAt: 0 }]);
    await woken;
    for (const port of sentinels) {
      // What a sentinel learns it learns from the living master: those that it never heard of cannot elect it.
      await eventually(
        `sentinel ${port} knows the others`,
        () => ask(port, 'sentinel', 'ckquorum', 'm'),
        /OK 3 usable/,
      );
      const replicas = (): Promise<string> => ask(port, 'sentinel', 'replicas', 'm');
      await eventually(`sentinel ${port} knows the replica`, replicas, /slave/);
    }
    await primary.kill('SIGKILL');
    const fault = await eventually('the replica serves', () => upkeep.inspect('q', 0), /other-server/);
    expect(fault).toBe('other-server');
    await upkeep.beginBuild('q', 1);
    await index.add([{ id: ID, tenant: 'default', queue: 'q', priority: 0, runAt: 0 }]);
    const { woken: wokenAgain } = await listen(url, 'q');
    await upkeep.publish('q', 1);
    await wokenAgain;
    expect(await index.take('q', 1)).toMatchObject({ kind: 'hints', ids: [ID] });
  });

  it('serves every queue from the node that has its slot, and leaves the others alone when one dies', async () => {
    if (cli === undefined) throw new Error('redis-cli is needed to make a cluster');
    const ports = [await freePort(), await freePort(), await freePort()];
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-require-full-coverage',
      'no',
      '--cluster-node-timeout',
      '2000',
    ];
    for (const port of ports)
      await launch(port, [...options, '--cluster-port', String(await freePort()), '--save', '']);
    const nodes = ports.map((port) => `127.0.0.1:${port}`);
    const made = spawnSync(cli, ['--cluster', 'create', ...nodes, '--cluster-yes'], { encoding: 'utf8' });
    expect(made.stdout).toContain('All 16384 slots covered');
    const url = `redis+cluster://${nodes.join(',')}`;
    expect((await checkRedis('REDIS_URL', url)).name).toMatch(/Redis|Valkey/);
    const { link, index, upkeep } = open(url);
    await link.connected(10_000);
    const queues = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const queue of queues) {
      await upkeep.create(queue, 0);
      const { woken } = await listen(url, queue); // each listens at whichever node is first: publishing reaches all
      await index.add([{ id: ID, tenant: 'default', queue, priority: 0, runAt: 0 }]);
      await woken;
      expect(await upkeep.inspect(queue, 0)).toBe('ready');
      expect(await index.take(queue, 1)).toMatchObject({ kind: 'hints', ids: [ID] });
    }
    const homes = await Promise.all(queues.map((queue) => nodeOf(ports, queue)));
    expect(new Set(homes).size).toBeGreaterThan(1);
    const dead = homes[0] ?? 0;
    await processes[ports.indexOf(dead)]?.kill('SIGKILL');
    for (const [n, queue] of queues.entries()) {
      const look = (): Promise<string> => upkeep.inspect(queue, 0).catch(() => 'away');
      await eventually(`${queue} is judged`, look, homes[n] === dead ? /away/ : /ready/);
    }
    await eventually(
      'calls about a queue of the dead node are refused',
      async () => {
        await upkeep.inspect('a', 0).catch(() => undefined);
        return String(link.isAway('a'));
      },
      /true/,
    );
  });
});

async function ask(port: number, ...command: [string, ...string[]]): Promise<string> {
  const redis = new Redis(port, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const [name, ...args] = command;
    return JSON.stringify(await redis.call(name, ...args));
  } finally {
    redis.disconnect();
  }
}

async function answering(port: number): Promise<void> {
  await eventually(`port ${port} answers`, () => ask(port, 'ping'), /PONG/);
}

async function nodeOf(ports: readonly number[], queue: string): Promise<number> {
  for (const port of ports) {
    const found = await ask(port, 'keys', `*{${queue}}*`);
    if (found !== '[]') return port;
  }
  throw new Error(`no node has ${queue}`);
}

/** Looks from outside until the answer is as expected; errors are answers that are not there yet. */
async function eventually(what: string, look: () => Promise<string>, wanted: RegExp): Promise<string> {
  let last = '';
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    last = await look().catch((error: unknown) => String(error));
    if (wanted.test(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not ${String(wanted)} but ${last}`);
}
