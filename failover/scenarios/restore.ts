import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findProgram } from '../../tools/servers/binaries.ts';
import { Problem, startRedis, type Server } from '../../tools/servers/index.ts';
import { admitPrograms, programsUrl, startNode } from '../database-node.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { ServiceAddress } from '../service-address.ts';

/** What happens between the dump and the loss is lost with the server. */
const DUMP_AGE_MS = 3_000;

async function prepare(directory: string): Promise<Stage> {
  const lost = await startNode(path.join(directory, 'lost'), 1);
  const fresh = await startNode(path.join(directory, 'fresh'), 2);
  for (const server of [lost, fresh]) await admitPrograms(server);
  const redis = await startRedis({ directory: path.join(directory, 'redis') });
  const address = await ServiceAddress.of(lost.port);
  let truth = lost;
  return {
    databaseUrl: programsUrl(address.port),
    redisUrl: redis.url,
    truthUrl: () => truth.url,
    fail: async () => {
      const file = path.join(directory, 'dump.sql');
      await dump(lost, file);
      await pause(DUMP_AGE_MS);
      await lost.kill('SIGKILL');
      await restore(fresh, file);
      truth = fresh;
      address.point(fresh.port);
      return `dumped under load, lost ${DUMP_AGE_MS / 1000} s later, restored into an empty server; no program was stopped`;
    },
    stop: async () => {
      await address.close();
      await Promise.all([lost, fresh, redis].map((server) => server.stop()));
    },
  };
}

async function dump(server: Server, file: string): Promise<void> {
  await runClient(
    ['mariadb-dump', 'mysqldump'],
    server,
    ['--single-transaction', '--quick', 'holdfast'],
    ['ignore', openSync(file, 'w')],
  );
}

async function restore(server: Server, file: string): Promise<void> {
  await runClient(['mariadb', 'mysql'], server, ['holdfast'], [openSync(file, 'r'), 'ignore']);
}

async function runClient(
  names: readonly string[],
  { url }: Server,
  args: readonly string[],
  stdio: ['ignore' | number, 'ignore' | number],
): Promise<void> {
  const program = names.map((name) => findProgram(name)).find((found) => found !== undefined);
  if (program === undefined) throw new Problem(`${names.join(' or ')} is needed.`);
  const { username, password, port } = new URL(url);
  const access = [
    '--no-defaults',
    '--host=127.0.0.1',
    `--port=${port}`,
    `--user=${username}`,
    `--password=${password}`,
  ];
  const child = spawn(program, [...access, ...args], { stdio: [...stdio, 'ignore'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}`);
}

export const RESTORE: Scenario = {
  name: 'restore',
  means: 'the database is lost, and restored from a dump that was taken under load',
  mayLose: true,
  prepare,
};
