import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** The Lua scripts as commands of a connection; arguments and replies are documented in each file. */
export interface ScriptedRedis extends Redis {
  holdfastAdd(...args: [...keys: [string, string], ...values: (string | number | Buffer)[]]): Promise<number>;
  holdfastMove(...args: [...keys: [string, string], ...values: (string | number | Buffer)[]]): Promise<unknown>;
  holdfastTakeBuffer(
    ...args: [...keys: [string, string, string, string], ...values: number[]]
  ): Promise<Buffer[] | null>;
  holdfastReconcile(
    ...args: [...keys: [string, string, string], ...values: (string | number | Buffer)[]]
  ): Promise<number>;
}

const SCRIPTS = [
  { name: 'holdfastAdd', file: 'add.lua', keys: 2 },
  { name: 'holdfastMove', file: 'move.lua', keys: 2 },
  { name: 'holdfastTake', file: 'take.lua', keys: 4 },
  { name: 'holdfastReconcile', file: 'reconcile.lua', keys: 3 },
] as const;

export function withScripts(redis: Redis): ScriptedRedis {
  for (const { name, file, keys } of SCRIPTS) {
    const lua = readFileSync(new URL(`lua/${file}`, import.meta.url), 'utf8');
    redis.defineCommand(name, { lua, numberOfKeys: keys });
  }
  return redis as ScriptedRedis;
}
