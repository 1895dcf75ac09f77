import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../chaos/system/servers.ts';
import { until } from '../../e2e/harness/until.ts';
import { freePort, Problem, startRedis, type Server } from '../../tools/servers/index.ts';
import { admitPrograms, programsUrl, startNode } from '../database-node.ts';
import { type Scenario, type Stage } from '../scenario.ts';
import { ServiceAddress } from '../service-address.ts';

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so'];
/** Has a program of that name in it, `wsrep_sst_rsync_as_root`. */
const STATE_TRANSFER = path.join(import.meta.dirname, '../galera');
/** Of an empty node, with all that its server does at its first start. */
const JOINED_WITHIN_MS = 90_000;
const NODES = 3;
/** How long whoever decides takes: no program may say for itself that the others are gone. */
const DECIDED_AFTER_MS = 10_000;
/** Galera gives a silent node five seconds by default, and then needs some to agree on who is left. */
const AGREED_WITHIN_MS = 30_000;

/** The first is the one writer. */
type Nodes = [writer: Server, next: Server, last: Server];

interface Group {
  readonly nodes: Nodes;
  /** Starts the last one anew, with nothing on its disk. */
  readonly replaceLast: () => Promise<void>;
}

/** Loses what it likes of the nodes. @returns the one that programs shall write to, and what was done */
type Loss = (
  nodes: Nodes,
  replaceLast: Group['replaceLast'],
) => Promise<{ readonly writer: Server; readonly how: string }>;

async function prepare(lose: Loss, directory: string): Promise<Stage> {
  const provider = PROVIDERS.find((file) => existsSync(file));
  if (provider === undefined) throw new Problem('Galera is not installed (on Debian and Ubuntu: galera-4).');
  const { nodes, replaceLast } = await startGroup(provider, directory);
  const redis = await startRedis({ directory: path.join(directory, 'redis') });
  const address = await ServiceAddress.of(nodes[0].port);
  let truth = nodes[0];
  return {
    databaseUrl: programsUrl(address.port),
    redisUrl: redis.url,
    truthUrl: () => truth.url,
    fail: async () => {
      const { writer, how } = await lose(nodes, replaceLast);
      truth = writer;
      address.point(writer.port);
      return how;
    },
    stop: async () => {
      await address.close();
      await Promise.all([...nodes, redis].map((server) => server.stop()));
    },
  };
}

/** The first is a group alone; the others begin empty and get its state by rsync. */
async function startGroup(provider: string, directory: string): Promise<Group> {
  process.env['PATH'] = `${STATE_TRANSFER}:${process.env['PATH'] ?? ''}`;
  const folders = Array.from({ length: NODES }, (_, n) => path.join(directory, `node-${n}`));
  const group = await Promise.all(folders.map(() => freePort()));
  const start = async (n: number, ...options: string[]): Promise<Server> =>
    startNode(folders[n] ?? '', n + 1, [...(await optionsFor(provider, group, n)), ...options]);
  const first = await start(0, '--wsrep-new-cluster');
  await admitPrograms(first);
  const nodes: Nodes = [first, await start(1), await start(2)];
  for (const node of nodes) await until('the node is in the group', () => isAmong(node, NODES), AGREED_WITHIN_MS);
  const replaceLast = async (): Promise<void> => {
    rmSync(path.join(folders[2] ?? '', 'data'), { recursive: true });
    nodes[2] = await start(2, '--wsrep-sst-donor=node-1');
  };
  return { nodes, replaceLast };
}

/** With one writer numbers need no gaps, and what reads the journal in their order would wait at each. */
async function optionsFor(provider: string, group: readonly number[], n: number): Promise<string[]> {
  const [states, changes] = [await freePort(), await freePort()];
  return [
    '--wsrep-on=ON',
    `--wsrep-provider=${provider}`,
    `--wsrep-cluster-address=gcomm://${group.map((port) => `127.0.0.1:${port}`).join(',')}`,
    `--wsrep-node-name=node-${n}`,
    '--wsrep-node-address=127.0.0.1',
    `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${group[n] ?? 0};ist.recv_addr=127.0.0.1:${changes};gcache.size=32M`,
    `--wsrep-sst-method=${process.getuid?.() === 0 ? 'rsync_as_root' : 'rsync'}`,
    `--wsrep-sst-receive-address=127.0.0.1:${states}`,
    '--wsrep-auto-increment-control=OFF',
    '--innodb-autoinc-lock-mode=2',
  ];
}

/** Whether it takes writes, in a group of that size. */
async function isAmong({ url }: Server, size: number): Promise<boolean> {
  const rows = await sql<{ Variable_name: string; Value: string }>(
    url,
    "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_ready')",
  );
  const values = Object.fromEntries(rows.map(({ Variable_name: name, Value: value }) => [name, value]));
  return values['wsrep_ready'] === 'ON' && Number(values['wsrep_cluster_size']) === size;
}

async function loseWriter([writer, next]: Nodes): ReturnType<Loss> {
  await writer.kill('SIGKILL');
  await until('the others go on', () => isAmong(next, NODES - 1), AGREED_WITHIN_MS);
  return { writer: next, how: 'the one writer killed, programs sent to another node when the two were a group' };
}

/** It answers those who are connected, and takes nothing from them. */
async function cutWriterOff([writer, next]: Nodes): ReturnType<Loss> {
  await sql(writer.url, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'");
  await until('the others go on', () => isAmong(next, NODES - 1), AGREED_WITHIN_MS);
  return {
    writer: next,
    how: 'the one writer cut off and left running with its connections, programs sent to another node',
  };
}

/** What is left has no majority, and refuses everything until somebody decides that it is right. */
async function loseMajority([writer, ...others]: Nodes): ReturnType<Loss> {
  await Promise.all(others.map((node) => node.kill('SIGKILL')));
  await until('the writer refuses', async () => !(await isAmong(writer, NODES)), AGREED_WITHIN_MS);
  await pause(DECIDED_AFTER_MS);
  await sql(writer.url, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
  await until('the writer goes on', () => isAmong(writer, 1), AGREED_WITHIN_MS);
  return {
    writer,
    how: `two of three nodes killed, the writer made a group of its own ${DECIDED_AFTER_MS / 1000} s after it refused`,
  };
}

/** What it had is gone, too. The donor takes no writes while it sends; so it is not the writer. */
async function replaceNode([writer, next, last]: Nodes, replaceLast: Group['replaceLast']): ReturnType<Loss> {
  await last.kill('SIGKILL');
  await until('the others go on', () => isAmong(next, NODES - 1), AGREED_WITHIN_MS);
  const startedAt = Date.now();
  await replaceLast();
  await until('the new one is in the group', () => isAmong(writer, NODES), JOINED_WITHIN_MS);
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  return { writer, how: `a node lost with its disk, an empty one in its place got the state by rsync in ${seconds} s` };
}

export const GALERA: readonly Scenario[] = [
  {
    name: 'galera',
    means: 'the one writer of a Galera cluster of three is killed',
    mayLose: false,
    prepare: (directory) => prepare(loseWriter, directory),
  },
  {
    name: 'galera-cut-off',
    means: 'the one writer of a Galera cluster is cut off from the others, and goes on answering',
    mayLose: false,
    prepare: (directory) => prepare(cutWriterOff, directory),
  },
  {
    name: 'galera-minority',
    means: 'the one writer of a Galera cluster is left without a majority',
    mayLose: false,
    prepare: (directory) => prepare(loseMajority, directory),
  },
  {
    name: 'galera-replaced',
    means: 'a node of a Galera cluster that takes no writes is lost with its disk, and an empty one takes its place',
    mayLose: false,
    prepare: (directory) => prepare(replaceNode, directory),
  },
];
