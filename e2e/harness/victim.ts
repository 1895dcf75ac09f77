import { Proxy } from '../../chaos/system/proxy.ts';
import type { Cluster } from './cluster.ts';
import type { FaultPoint } from './fault-points.ts';
import type { Launch, Program, ProgramName } from './program.ts';
import { until } from './until.ts';

/** A program whose every word to its servers passes a proxy. */
export interface Overheard {
  readonly program: Program;
  readonly database: Proxy;
  readonly redis: Proxy;
  readonly close: () => Promise<void>;
}

export interface Victim extends Overheard {
  /** Resolves when it was killed at its point. */
  readonly killed: () => Promise<void>;
}

type Before = (proxies: Pick<Overheard, 'database' | 'redis'>, program: () => Program | undefined) => void;

/** @param before sets traps before the program starts */
export async function startOverheard(
  cluster: Cluster,
  name: ProgramName,
  settings: NodeJS.ProcessEnv = {},
  launch: Launch = {},
  before: Before = () => undefined,
): Promise<Overheard> {
  const database = await Proxy.before(cluster.servers.database);
  const redis = await Proxy.before(cluster.servers.redis);
  const urls = { DATABASE_URL: database.url, REDIS_URL: redis.url };
  const started: { program?: Program } = {};
  before({ database, redis }, () => started.program);
  const [program] = await cluster.add(name, 1, { ...urls, ...settings }, launch);
  if (!program) throw new Error('not started');
  started.program = program;
  const close = async (): Promise<void> => {
    await Promise.all([database.close(), redis.close()]);
  };
  return { program, database, redis, close };
}

/** A program that is killed at an exact point: the proxy holds the message while it dies. */
export async function startVictim(
  cluster: Cluster,
  name: ProgramName,
  { server, at, matches }: FaultPoint,
  settings: NodeJS.ProcessEnv = {},
  launch: Launch = {},
): Promise<Victim> {
  const overheard = await startOverheard(cluster, name, settings, launch, (proxies, program) =>
    proxies[server].set({ at, matches, spring: () => void program()?.kill() }),
  );
  const killed = (): Promise<void> => until(`a ${name} died at its point`, () => !overheard.program.running, 30_000);
  return { ...overheard, killed };
}
