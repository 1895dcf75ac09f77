import path from 'node:path';
import { findDatabaseBinary, findRedisBinary, type Search } from '../servers/binaries.ts';
import { type Exit, type Server, startDatabase, startRedis } from '../servers/index.ts';
import { ComposeServers } from './compose.ts';
import { checkDatabase } from './given-database.ts';
import { checkRedis } from './given-redis.ts';
import { installServers } from './install/install-servers.ts';
import type { ServerKind } from './install/package-managers.ts';
import type { Lifetime } from './lifetime.ts';
import type { Steps } from './steps.ts';

export interface Wanted {
  /** URLs that the user gave, with the variable that holds each. */
  given: Partial<Record<ServerKind, { variable: string; url: string }>>;
  /** Private servers keep their data in here. */
  directory: string;
  /** Containers are named after it; `test` ones are removed with their data. */
  purpose: 'dev' | 'test';
}

export interface Provided {
  databaseUrl: string;
  /** Empty: none is wanted, the system runs on MySQL alone. */
  redisUrl: string;
  /** Settle when a private server has ended although nobody stopped it. */
  watch: { name: string; exited: Promise<Exit>; logFile: string }[];
}

const SEARCH: Readonly<Record<ServerKind, () => Search>> = { database: findDatabaseBinary, redis: findRedisBinary };
const VARIABLES: Readonly<Record<ServerKind, string>> = { database: 'DATABASE_URL', redis: 'REDIS_URL' };

/**
 * Finds a database and a Redis server: those given; else private ones from the machine's binaries; else containers; else
 * private ones after installing them. All of them are checked, and stopped with the lifetime unless they were given.
 */
export async function provideServers(wanted: Wanted, steps: Steps, lifetime: Lifetime): Promise<Provided> {
  const missing = (['database', 'redis'] as const).filter(
    (kind) => wanted.given[kind] === undefined && !hasBinary(kind),
  );
  const containers = missing.length > 0 ? await containersIfPossible(wanted, lifetime) : undefined;
  if (missing.length > 0 && containers === undefined) {
    await installServers(
      missing,
      missing.flatMap((kind) => SEARCH[kind]().rejected),
      steps,
      lifetime,
    );
  }
  const watch: Provided['watch'] = [];
  const provide = (kind: ServerKind): Promise<string> =>
    steps
      .run(
        kind,
        () => provideOne(kind),
        (answer) => answer.summary,
      )
      .then(({ url }) => url);

  async function provideOne(kind: ServerKind): Promise<{ url: string; summary: string }> {
    const given = wanted.given[kind];
    if (given?.url === '') return { url: '', summary: `none, since ${given.variable} is empty: MySQL alone` };
    if (given !== undefined) return summarise(kind, given.variable, given.url, 'given');
    if (containers !== undefined && missing.includes(kind)) {
      return summarise(kind, VARIABLES[kind], await containers.start(kind), 'in Docker');
    }
    const server = await startPrivate(kind, wanted.directory);
    lifetime.onEnd(() => server.stop());
    watch.push({ name: `${kind} server`, exited: server.exited, logFile: server.logFile });
    return summarise(kind, VARIABLES[kind], server.url, `private, port ${server.port}`);
  }

  // One after the other, so that the lifetime stops Redis first and the database last.
  const databaseUrl = await provide('database');
  const redisUrl = await provide('redis');
  return { databaseUrl, redisUrl, watch };
}

function hasBinary(kind: ServerKind): boolean {
  return SEARCH[kind]().found !== undefined;
}

async function containersIfPossible(wanted: Wanted, lifetime: Lifetime): Promise<ComposeServers | undefined> {
  const containers = new ComposeServers(wanted.purpose);
  if (!(await containers.available())) return undefined;
  lifetime.onEnd(() => (wanted.purpose === 'test' ? containers.remove() : containers.stop()));
  return containers;
}

function startPrivate(kind: ServerKind, directory: string): Promise<Server> {
  const own = { directory: path.join(directory, kind) };
  return kind === 'database' ? startDatabase(own) : startRedis(own);
}

async function summarise(kind: ServerKind, variable: string, url: string, origin: string) {
  const { name, version } = await (kind === 'database' ? checkDatabase(variable, url) : checkRedis(variable, url));
  return { url, summary: `${name} ${version} (${origin})` };
}
