import { readFileSync } from 'node:fs';
import type { RedisCommander } from 'ioredis';

type Value = string | number | Buffer;
type Key = string;

/** A connection, to one server or to a cluster, with the Lua scripts as commands. Arguments and replies: see each file. */
export interface ScriptedRedis extends RedisCommander {
  readonly status: string;
  on(event: string, listener: () => void): unknown;
  once(event: string, listener: () => void): unknown;
  disconnect(): void;
  defineCommand(name: string, definition: { lua: string; numberOfKeys: number }): void;

  holdfastAdd(ready: Key, delayed: Key, generation: Key, ...values: Value[]): Promise<number>;
  holdfastMove(ready: Key, delayed: Key, generation: Key, ...values: Value[]): Promise<unknown>;
  holdfastTakeBuffer(
    ready: Key,
    delayed: Key,
    taken: Key,
    generation: Key,
    ...values: Value[]
  ): Promise<Buffer[] | null>;
  holdfastOpen(ready: Key, ...values: Value[]): Promise<unknown>;
  holdfastReconcileBuffer(ready: Key, taken: Key, delayed: Key, generation: Key, ...values: Value[]): Promise<Buffer[]>;
  holdfastInspect(ready: Key, delayed: Key, taken: Key, generation: Key, ...values: Value[]): Promise<string>;
  holdfastBuild(ready: Key, delayed: Key, taken: Key, generation: Key, ...values: Value[]): Promise<0 | 1>;
  holdfastPublish(generation: Key, ...values: Value[]): Promise<0 | 1>;
}

const SCRIPTS = [
  { name: 'holdfastAdd', file: 'add.lua', keys: 3 },
  { name: 'holdfastMove', file: 'move.lua', keys: 3 },
  { name: 'holdfastTake', file: 'take.lua', keys: 4 },
  { name: 'holdfastReconcile', file: 'reconcile.lua', keys: 4 },
  { name: 'holdfastInspect', file: 'inspect.lua', keys: 4 },
  { name: 'holdfastBuild', file: 'build.lua', keys: 4 },
  { name: 'holdfastPublish', file: 'publish.lua', keys: 1 },
  { name: 'holdfastOpen', file: 'open.lua', keys: 1 },
] as const;

/** Of these every script may use what it needs. */
const PRELUDE = ['generation.lua', 'lanes.lua'];

export function withScripts(connection: object): ScriptedRedis {
  const redis = connection as ScriptedRedis;
  const prelude = PRELUDE.map(read).join('\n');
  for (const { name, file, keys } of SCRIPTS) {
    redis.defineCommand(name, { lua: `${prelude}\n${read(file)}`, numberOfKeys: keys });
  }
  return redis;
}

function read(file: string): string {
  return readFileSync(new URL(`lua/${file}`, import.meta.url), 'utf8');
}
