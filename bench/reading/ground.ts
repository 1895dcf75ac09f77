import path from 'node:path';
import { HOLDFAST, startDatabase, startRedis } from '../../tools/servers/index.ts';
import type { Lifetime } from '../../tools/setup/lifetime.ts';

const HOME = path.join(HOLDFAST, 'reading');
const BUFFER_POOL = '--innodb-buffer-pool-size=1G';

/** The servers that were given, else private ones, whose data stays for the next run. */
export async function serversFor(
  given: { readonly url?: string | undefined; readonly redis?: string | undefined },
  lifetime: Lifetime,
): Promise<{ databaseUrl: string; redisUrl: string }> {
  const database = given.url ?? (await privateDatabase(lifetime));
  return { databaseUrl: database, redisUrl: given.redis ?? (await privateRedis(lifetime)) };
}

async function privateDatabase(lifetime: Lifetime): Promise<string> {
  const server = await startDatabase({ directory: path.join(HOME, 'database'), options: [BUFFER_POOL] });
  lifetime.onEnd(() => server.stop());
  return server.url;
}

async function privateRedis(lifetime: Lifetime): Promise<string> {
  const server = await startRedis({ directory: path.join(HOME, 'redis') });
  lifetime.onEnd(() => server.stop());
  return server.url;
}
