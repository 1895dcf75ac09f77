import { rmSync } from 'node:fs';
import path from 'node:path';
import { REDIS_PREFIX } from '../../system/system.ts';
import { withRedis } from '../../system/redis-client.ts';
import { needsOwnRedis, type Fault, type Field } from '../fault.ts';
import { processState } from '../process-state.ts';

/** Everything that Redis may do to us. Nothing of it may cost a job. */
export const INDEX_FAULTS: readonly Fault[] = [
  { name: 'redis-flushed', kind: 'server', inflict: flush },
  { name: 'redis-flushed-again-and-again', kind: 'server', inflict: flushOften },
  { name: 'redis-paused', kind: 'server', inflict: pauseClients },
  {
    name: 'redis-out-of-memory',
    kind: 'server',
    impossible: needsOwnRedis,
    inflict: (field) => fill(field, 'noeviction'),
  },
  {
    name: 'redis-evicts',
    kind: 'server',
    impossible: needsOwnRedis,
    inflict: (field) => fill(field, 'allkeys-random'),
  },
  { name: 'redis-frozen', kind: 'server', impossible: needsOwnRedis, inflict: freeze },
  {
    name: 'redis-killed-and-empty',
    kind: 'server',
    impossible: needsOwnRedis,
    inflict: (field) => restart(field, false),
  },
  {
    name: 'redis-killed-and-stale',
    kind: 'server',
    impossible: needsOwnRedis,
    inflict: (field) => restart(field, true),
  },
];

async function flush({ system, begin }: Field): Promise<string | undefined> {
  begin('*');
  let keys = 0;
  for (const url of await system.ground.redis.masters()) keys += await flushOne(url);
  return keys > 0 ? `${keys} keys wiped` : undefined;
}

function flushOne(url: string): Promise<number> {
  return withRedis(url, async (redis) => {
    // Something is there even if Redis has just come back empty; a node of a cluster may refuse.
    await redis.set(`${REDIS_PREFIX}:wiped`, '1').catch(() => undefined);
    const before = await redis.dbsize();
    await redis.flushall();
    return before;
  });
}

async function flushOften(field: Field): Promise<string | undefined> {
  const wiped: string[] = [];
  for (let n = 0; n < 6; n++) {
    wiped.push((await flush(field)) ?? 'nothing');
    await field.last(0.3);
  }
  return wiped.some((each) => each !== 'nothing') ? wiped.join(', ') : undefined;
}

async function pauseClients(field: Field): Promise<string | undefined> {
  const pauseMs = 3_000;
  field.begin('*');
  const [url = ''] = await field.system.ground.redis.masters();
  await withRedis(url, (redis) => redis.call('CLIENT', 'PAUSE', String(pauseMs), 'ALL'));
  const asked = performance.now();
  const answered = withRedis(url, (redis) => redis.ping()).catch(() => undefined);
  await field.last(1);
  await answered;
  const took = performance.now() - asked;
  return took > 1_000 ? `an answer took ${Math.round(took)} ms or more` : undefined;
}

async function fill(field: Field, policy: 'noeviction' | 'allkeys-random'): Promise<string | undefined> {
  const { url } = field.system.ground.redis;
  field.begin('*');
  return withRedis(url, async (redis) => {
    await redis.config('SET', 'maxmemory-policy', policy);
    await redis.config('SET', 'maxmemory', '1');
    const refused = await redis.set(`${REDIS_PREFIX}:full`, '1').then(
      () => undefined,
      (error: unknown) => String(error),
    );
    await field.last(field.random.pick([0.5, 1.5]) ?? 1);
    const evicted = Number(/evicted_keys:(\d+)/.exec(await redis.info('stats'))?.[1] ?? 0);
    await redis.config('SET', 'maxmemory', '0');
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    return refused ?? (evicted > 0 ? `${evicted} keys evicted so far` : undefined);
  });
}

async function freeze(field: Field): Promise<string | undefined> {
  const server = field.system.ground.redis.own;
  if (!server) return undefined;
  field.begin('*');
  await server.kill('SIGSTOP');
  await field.last(field.random.pick([0.5, 2]) ?? 1);
  const state = processState(server.pid);
  await server.kill('SIGCONT');
  return state === 'T' ? `${server.pid} was stopped` : undefined;
}

/** Stale is what a snapshot of a while ago knows: ids that have finished since, and none of those that came after. */
async function restart(field: Field, stale: boolean): Promise<string | undefined> {
  const { directory, redis } = field.system.ground;
  if (!redis.own) return undefined;
  const snapshot = path.join(directory, 'redis', 'dump.rdb');
  field.begin('*');
  if (stale) await withRedis(redis.url, (client) => client.save());
  if (stale) await field.last(0.7);
  const before = await runId(redis.url);
  await redis.own.kill('SIGKILL');
  if (!stale) rmSync(snapshot, { force: true });
  await field.last(field.random.next() * 1.5);
  await redis.own.restart();
  rmSync(snapshot, { force: true });
  const after = await runId(redis.url);
  return before === after ? undefined : `run_id ${before} became ${after}`;
}

function runId(url: string): Promise<string> {
  return withRedis(url, async (redis) => /run_id:(\w{8})/.exec(await redis.info('server'))?.[1] ?? 'unknown');
}
