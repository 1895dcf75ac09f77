import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withRedis } from '../chaos/system/redis-client.ts';
import { until } from '../e2e/harness/until.ts';
import { findRedisBinary } from '../tools/servers/binaries.ts';
import { freePort, ManagedProcess, Problem } from '../tools/servers/index.ts';

export interface RedisNode {
  readonly port: number;
  readonly process: ManagedProcess;
}

/** @param file what its configuration file says beside what it needs to run here */
export async function startRedisNode(directory: string, options: readonly string[], file = ''): Promise<RedisNode> {
  const { found } = findRedisBinary();
  if (!found) throw new Problem('No Redis or Valkey server is installed.');
  const port = await freePort();
  const own = path.join(directory, `redis-${port}`);
  mkdirSync(own, { recursive: true });
  const configuration = path.join(own, 'redis.conf');
  writeFileSync(configuration, file);
  const network = ['--port', String(port), '--bind', '127.0.0.1', '--dir', own, '--set-proc-title', 'no'];
  const launched = await ManagedProcess.launch({
    name: `Redis on port ${port}`,
    command: found.path,
    args: [configuration, ...network, ...options],
    logFile: path.join(own, 'redis.log'),
    rank: 'index',
    marker: own,
  });
  await until(`port ${port} answers`, async () => (await ask(port, 'PING').catch(() => '')) === 'PONG', 20_000);
  return { port, process: launched };
}

export async function ask(port: number, command: string, ...values: string[]): Promise<unknown> {
  return withRedis(`redis://127.0.0.1:${port}`, (redis) => redis.call(command, ...values));
}

export async function stopAll(nodes: readonly RedisNode[]): Promise<void> {
  await Promise.all(nodes.filter(({ process: each }) => each.running).map(({ process: each }) => each.stop(5_000)));
}
