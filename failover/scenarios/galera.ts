import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../chaos/system/servers.ts';
import { startRedis, type Server } from '../../tools/servers/index.ts';
import { programsUrl } from '../database-node.ts';
import { GaleraGroup, NODES, untilAmong, untilItRefuses } from '../galera/galera-group.ts';
import { type Scenario, type Stage } from '../scenario.ts';
import { ServiceAddress } from '../service-address.ts';

/** How long whoever decides takes: no program may say for itself that the others are gone. */
const DECIDED_AFTER_MS = 10_000;

/** Loses what it likes of the nodes. @returns the one that programs shall write to, and what was done */
type Loss = (group: GaleraGroup) => Promise<{ readonly writer: Server; readonly how: string }>;

async function prepare(lose: Loss, directory: string): Promise<Stage> {
  const group = await GaleraGroup.start(directory);
  const redis = await startRedis({ directory: path.join(directory, 'redis') });
  let [truth] = group.nodes;
  const address = await ServiceAddress.of(truth.port);
  return {
    databaseUrl: programsUrl(address.port),
    redisUrl: redis.url,
    truthUrl: () => truth.url,
    fail: async () => {
      const { writer, how } = await lose(group);
      truth = writer;
      address.point(writer.port);
      return how;
    },
    stop: async () => {
      await address.close();
      await Promise.all([group.stop(), redis.stop()]);
    },
  };
}

async function loseWriter({ nodes: [writer, next] }: GaleraGroup): ReturnType<Loss> {
  await writer.kill('SIGKILL');
  await untilAmong(next, NODES - 1);
  return { writer: next, how: 'the one writer killed, programs sent to another node when the two were a group' };
}

/** It answers those who are connected, and takes nothing from them. */
async function cutWriterOff({ nodes: [writer, next] }: GaleraGroup): ReturnType<Loss> {
  await sql(writer.url, "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'");
  await untilAmong(next, NODES - 1);
  return {
    writer: next,
    how: 'the one writer cut off and left running with its connections, programs sent to another node',
  };
}

/** What is left has no majority, and refuses everything until somebody decides that it is right. */
async function loseMajority({ nodes: [writer, ...others] }: GaleraGroup): ReturnType<Loss> {
  await Promise.all(others.map((node) => node.kill('SIGKILL')));
  await untilItRefuses(writer);
  await pause(DECIDED_AFTER_MS);
  await sql(writer.url, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
  await untilAmong(writer, 1);
  return {
    writer,
    how: `two of three nodes killed, the writer made a group of its own ${DECIDED_AFTER_MS / 1000} s after it refused`,
  };
}

/** What it had is gone, too. */
async function replaceNode(group: GaleraGroup): ReturnType<Loss> {
  const [writer, next, last] = group.nodes;
  await last.kill('SIGKILL');
  await untilAmong(next, NODES - 1);
  const startedAt = Date.now();
  await group.replaceLast();
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
