import path from 'node:path';
import { otherMaster, startSentinel } from '../../chaos/system/redis-topologies.ts';
import { startDatabase } from '../../tools/servers/index.ts';
import type { Scenario, Stage } from '../scenario.ts';

async function prepare(directory: string): Promise<Stage> {
  const database = await startDatabase({ directory: path.join(directory, 'database') });
  const redis = await startSentinel(path.join(directory, 'redis'));
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    truthUrl: () => database.url,
    fail: async () => {
      const [before] = await redis.masters();
      const master = redis.nodes.find(({ port }) => before?.endsWith(`:${port}`));
      await master?.kill('SIGKILL');
      if ((await otherMaster(before, redis.masters)) === undefined) throw new Error('no replica was promoted');
      return 'master killed, replica promoted by the sentinels';
    },
    stop: async () => {
      await redis.stop();
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
