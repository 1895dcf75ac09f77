import { parseArgs } from 'node:util';
import { messageOf, Problem } from '../servers/problem.ts';

export interface DoctorOptions {
  readonly repair: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run doctor -- [--repair] [--json] [--help]

Checks a running installation: the settings of MySQL and Redis, clocks, schema, the index against the rows, what belongs
to nobody, what is stuck, queues without workers and types without handlers. It looks at DATABASE_URL and REDIS_URL, from
the environment or .env, or at the servers of the "npm start" that runs in this clone.

  --repair  mends what is safe, and says what it did
  --json    for programs

Exit code: 0 healthy, or all repaired; 1 something was found; 2 it could not be checked.`;

export function readOptions(args: readonly string[]): DoctorOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        repair: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new Problem(`${messageOf(error)}\n\n${USAGE}`);
  }
}
