import { parseArgs } from 'node:util';
import type { RedisKind } from './system/redis-topologies.ts';
import { Problem } from '../tools/servers/problem.ts';

export interface Options {
  readonly seed: number;
  /** How long faults are injected. */
  readonly minutes: number;
  /** Servers to use instead of private ones; what can only be done to one's own server is left out then. */
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Which servers to start where none are given. */
  readonly redis: RedisKind;
  /** A folder with an earlier version, built: one program of each kind comes from there. */
  readonly older: string | undefined;
  /** Names of faults; undefined is all of them. */
  readonly faults: readonly string[] | undefined;
  /** A deliberate bug that the run shall catch. */
  readonly bug: string | undefined;
  /** Runs every deliberate bug, one after another. */
  readonly bugs: boolean;
  /** Where the summary goes as JSON. */
  readonly json: string | undefined;
}

export const USAGE = `npm run chaos -- [--seed N] [--minutes M] [--faults a,b] [--redis one|sentinel|cluster]
                 [--database-url URL] [--redis-url URL] [--older FOLDER] [--json FILE]
npm run chaos -- --bugs | --bug NAME      with a deliberate bug in a copy of the build, which the checks must catch`;

export function parseOptions(args: readonly string[]): Options {
  const values = parsed(args);
  return {
    seed: numberOf(values.seed, Math.floor(Math.random() * 1_000_000)),
    minutes: numberOf(values.minutes, 2),
    databaseUrl: values['database-url'],
    redisUrl: values['redis-url'],
    redis: kindOf(values.redis),
    older: values.older,
    faults: values.faults?.split(','),
    bug: values.bug,
    bugs: values.bugs ?? false,
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        minutes: { type: 'string' },
        'database-url': { type: 'string' },
        'redis-url': { type: 'string' },
        redis: { type: 'string' },
        older: { type: 'string' },
        faults: { type: 'string' },
        bug: { type: 'string' },
        bugs: { type: 'boolean' },
        json: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new Problem(`${(error as Error).message}\n\n${USAGE}`);
  }
}

function kindOf(text = 'one'): RedisKind {
  if (text === 'one' || text === 'sentinel' || text === 'cluster') return text;
  throw new Problem(`--redis is one, sentinel or cluster.\n\n${USAGE}`);
}

function numberOf(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Problem(`${text} is not a number.\n\n${USAGE}`);
  return number;
}
