import { Proxy } from '../../chaos/system/proxy.ts';
import type { Cluster } from './cluster.ts';
import type { FaultPoint } from './fault-points.ts';
import type { Launch, Program, ProgramName } from './program.ts';
import { until } from './until.ts';

export interface Victim {
  readonly program: Program;
  /** Resolves when it was killed at its point. */
  readonly killed: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A program that is killed at an exact point: whatever it says passes a proxy, which holds the message while it dies. */
export async function startVictim(
  cluster: Cluster,
  name: ProgramName,
  { server, at, matches }: FaultPoint,
  settings: NodeJS.ProcessEnv = {},
  launch: Launch = {},
): Promise<Victim> {
  const database = await Proxy.before(cluster.servers.database);
  const redis = await Proxy.before(cluster.servers.redis);
  const urls = { DATABASE_URL: database.url, REDIS_URL: redis.url };
  const victim: { program?: Program } = {};
  (server === 'database' ? database : redis).set({ at, matches, spring: () => void victim.program?.kill() });
  const [started] = await cluster.add(name, 1, { ...urls, ...settings }, launch);
  if (!started) throw new Error('not started');
  victim.program = started;
  return {
    program: started,
    killed: () => until(`a ${name} died at its point`, () => !started.running, 30_000),
    close: async () => {
      await Promise.all([database.close(), redis.close()]);
    },
  };
}
