import path from 'node:path';
import { until } from '../../e2e/harness/until.ts';
import { startDatabase } from '../../tools/servers/index.ts';
import { ask, startRedisNode, stopAll } from '../redis-nodes.ts';
import type { Scenario, Stage } from '../scenario.ts';

const SENTINELS = 3;
const PATIENCE = ['down-after-milliseconds m 2000', 'failover-timeout m 10000', 'parallel-syncs m 1'];

async function prepare(directory: string): Promise<Stage> {
  const database = await startDatabase({ directory: path.join(directory, 'database') });
  const master = await startRedisNode(directory, ['--save', '']);
  const replica = await startRedisNode(directory, ['--save', '', '--replicaof', '127.0.0.1', String(master.port)]);
  const lines = [`monitor m 127.0.0.1 ${master.port} 2`, ...PATIENCE].map((line) => `sentinel ${line}\n`).join('');
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, () => startRedisNode(directory, ['--sentinel'], lines)),
  );
  const [first] = sentinels;
  const knows = async (): Promise<boolean> =>
    JSON.stringify(await ask(first?.port ?? 0, 'SENTINEL', 'replicas', 'm')).includes(String(replica.port));
  await until('the sentinels know the replica', knows, 30_000);
  return {
    databaseUrl: database.url,
    redisUrl: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/m`,
    truthUrl: () => database.url,
    fail: async () => {
      await master.process.kill('SIGKILL');
      const isMaster = async (): Promise<boolean> =>
        String(await ask(replica.port, 'INFO', 'replication')).includes('role:master');
      await until('the replica is promoted', isMaster, 30_000);
      return 'master killed, replica promoted by the sentinels';
    },
    stop: async () => {
      await stopAll([...sentinels, replica, master]);
      await database.stop();
    },
  };
}

export const SENTINEL: Scenario = {
  name: 'sentinel',
  means: 'the master of a Redis with three sentinels is killed',
  mayLose: false,
  prepare,
};
