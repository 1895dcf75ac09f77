import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { withRedis } from '../../chaos/system/redis-client.ts';
import { until } from '../../e2e/harness/until.ts';
import { findProgram } from '../../tools/servers/binaries.ts';
import { freePort, Problem, startDatabase, startRedis, type Server } from '../../tools/servers/index.ts';
import type { Scenario, Stage } from '../scenario.ts';

const OPTIONS = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
const NODES = 6;
/** Of the queue that the load goes to. */
const KEY = 'holdfast:{default}';

async function prepare(directory: string): Promise<Stage> {
  const cli = findProgram('redis-cli');
  if (cli === undefined) throw new Problem('redis-cli is needed to make a cluster.');
  const database = await startDatabase({ directory: path.join(directory, 'database') });
  const nodes: Server[] = [];
  for (let n = 0; n < NODES; n++) {
    const options = [...OPTIONS, '--cluster-port', String(await freePort())];
    nodes.push(await startRedis({ directory: path.join(directory, `node-${n}`), options }));
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await run(cli, '--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes');
  const [first] = addresses;
  await until('the cluster is whole', async () => isWhole(nodes, NODES / 2), 30_000);
  return {
    databaseUrl: database.url,
    redisUrl: `redis+cluster://${addresses.join(',')}`,
    truthUrl: () => database.url,
    fail: async () => {
      const home = await portOf(nodes, KEY);
      const victim = nodes.find(({ port }) => port === home);
      if (!victim) throw new Error(`no node has ${KEY}`);
      const id = String(await ask(victim.port, 'CLUSTER', 'MYID'));
      await victim.kill('SIGKILL');
      const others = nodes.filter((node) => node !== victim);
      const isTaken = async (): Promise<boolean> => (await portOf(others, KEY)) !== victim.port;
      await until('a replica took its slots', async () => (await isTaken()) && isWhole(others, others.length), 30_000);
      for (const { port } of others) await ask(port, 'CLUSTER', 'FORGET', id);
      const [from, to] = await masters(others);
      const move = ['--cluster-from', from, '--cluster-to', to, '--cluster-slots', '2000', '--cluster-yes'];
      await run(cli, '--cluster', 'reshard', `127.0.0.1:${others[0]?.port ?? 0}`, ...move);
      return 'the node of the queue killed, its replica promoted, 2,000 slots moved to another node';
    },
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await database.stop();
    },
  };

  async function isWhole(asked: readonly Server[], enough: number): Promise<boolean> {
    const infos = await Promise.all(asked.map(({ port }) => ask(port, 'CLUSTER', 'INFO').catch(() => '')));
    return infos.filter((info) => String(info).includes('cluster_state:ok')).length >= enough && first !== undefined;
  }
}

async function ask(port: number, command: string, ...values: string[]): Promise<unknown> {
  return withRedis(`redis://127.0.0.1:${port}`, (redis) => redis.call(command, ...values));
}

/** The driver goes on meanwhile. */
async function run(cli: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(cli, args);
}

/** Of the master that has the slot of a key. */
async function portOf(nodes: readonly Server[], key: string): Promise<number | undefined> {
  const slot = Number(await ask(nodes[0]?.port ?? 0, 'CLUSTER', 'KEYSLOT', key));
  const slots = (await ask(nodes[0]?.port ?? 0, 'CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  return slots.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
}

/** Ids of two masters. */
async function masters(nodes: readonly Server[]): Promise<[string, string]> {
  const lines = String(await ask(nodes[0]?.port ?? 0, 'CLUSTER', 'NODES')).split('\n');
  const alive = lines.filter((line) => /\bmaster\b/.test(line) && !/\bfail\b/.test(line));
  const [from = '', to = ''] = alive.map((line) => line.split(' ')[0] ?? '');
  return [from, to];
}

export const CLUSTER: Scenario = {
  name: 'cluster',
  means: 'a node of a Redis Cluster of three masters is killed, and slots are moved',
  mayLose: false,
  prepare,
};
