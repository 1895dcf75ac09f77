import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ROOT } from '../servers/paths.ts';
import { messageOf, Problem } from '../servers/problem.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of this process, completed from `.env`. An empty value counts as not set, but for an empty REDIS_URL. */
export function readEnvironment(): Environment {
  const file = path.join(ROOT, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return mergeEnvironment(process.env, fromFile);
}

export function mergeEnvironment(...sources: readonly Environment[]): Environment {
  const merged: Record<string, string | undefined> = {};
  for (const [name, value] of sources.flatMap((source) => Object.entries(source))) {
    if (value !== undefined && (value !== '' || name === NO_REDIS)) merged[name] ??= value;
  }
  return merged;
}

/** Set and empty it means: no Redis at all. Not set it means: a private one. */
const NO_REDIS = 'REDIS_URL';

/** A secret may come as NAME or, from a mounted file, as NAME_FILE, which the applications look at first. */
export function secretFrom(environment: Environment, name: string): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined) return environment[name];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Problem(`${name}_FILE cannot be read: ${messageOf(error)}.`);
  }
}
