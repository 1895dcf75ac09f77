import { parseArgs } from 'node:util';
import { messageOf, Problem } from '../tools/servers/problem.ts';

export interface Options {
  readonly only: readonly string[] | undefined;
  /** Parts of names, in lower case: of the contenders, the first and those. */
  readonly with: readonly string[] | undefined;
  readonly rounds: number;
  readonly json: string | undefined;
  /** Tiny sizes, to see that everything works; the figures mean nothing. */
  readonly quick: boolean;
  /** Five million jobs where others make do with one. */
  readonly full: boolean;
}

const USAGE = 'npm run bench -- [--only a,c] [--with bullmq,boss] [--rounds 3] [--json FILE] [--full] [--quick]';

export function parseOptions(args: readonly string[]): Options {
  const { only, with: names, rounds, json, quick, full } = parse(args);
  if (!/^[1-9]\d?$/.test(rounds)) throw new Problem(`--rounds ${rounds} is not a number from 1 to 99.\n${USAGE}`);
  const letters = only?.split(',').map((letter) => letter.trim());
  const unknown = letters?.filter((letter) => !/^[a-k]$/.test(letter)) ?? [];
  if (unknown.length > 0) throw new Problem(`--only ${unknown.join(',')}: the scenarios are a to k.\n${USAGE}`);
  return { only: letters, with: names?.toLowerCase().split(','), rounds: Number(rounds), json, quick, full };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        with: { type: 'string' },
        rounds: { type: 'string', default: '3' },
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Problem(`${messageOf(error)}\n${USAGE}`);
  }
}
