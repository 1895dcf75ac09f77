import { failOver, otherMaster, type RedisKind } from '../../system/redis-topologies.ts';
import type { Ground } from '../../system/system.ts';
import type { Fault, Field } from '../fault.ts';

/** What only several Redis servers can do: another one serves, or a part of the keys is away. */
export const FAILOVER_FAULTS: readonly Fault[] = [
  { name: 'redis-fails-over', kind: 'server', impossible: needs('sentinel'), inflict: handOver },
  { name: 'redis-master-killed', kind: 'server', impossible: needs('sentinel'), inflict: killMaster },
  { name: 'redis-node-killed', kind: 'server', impossible: needs('cluster'), inflict: killNode },
  { name: 'redis-node-frozen', kind: 'server', impossible: needs('cluster'), inflict: freezeNode },
];

function needs(kind: RedisKind): NonNullable<Fault['impossible']> {
  return ({ redis }: Ground) => (redis.kind === kind ? undefined : `Redis is not run as --redis ${kind}`);
}

async function handOver(field: Field): Promise<string | undefined> {
  const { redis } = field.system.ground;
  field.begin('*');
  const [before] = await redis.masters();
  const after = await failOver(redis);
  await field.last(1);
  return after && `${before ?? ''} handed over to ${after}`;
}

/** The old master comes back with what it knew, and becomes a replica. */
async function killMaster(field: Field): Promise<string | undefined> {
  const { redis } = field.system.ground;
  const [before] = await redis.masters();
  const master = redis.nodes.find(({ url }) => url === before);
  field.begin('*');
  await master?.kill('SIGKILL');
  const after = await otherMaster(before, redis.masters);
  await master?.restart();
  await field.last(1);
  return after && `${before ?? ''} was killed, ${after} serves`;
}

/** It comes back empty. */
async function killNode(field: Field): Promise<string | undefined> {
  const node = field.random.pick(field.system.ground.redis.nodes);
  if (!node) return undefined;
  field.begin('*');
  const before = node.pid;
  await node.kill('SIGKILL');
  await field.last(field.random.pick([0.3, 1]) ?? 1);
  await node.restart();
  return `${before} became ${node.pid}`;
}

async function freezeNode(field: Field): Promise<string | undefined> {
  const node = field.random.pick(field.system.ground.redis.nodes);
  if (!node) return undefined;
  field.begin('*');
  await node.kill('SIGSTOP');
  await field.last(1);
  await node.kill('SIGCONT');
  return `${node.pid} was stopped`;
}
